// Prints its port, then what one VMC frame says as JSON, read with the npm package osc.
const osc = require("osc");

const heard = { bones: {}, blends: {}, other: [] };
const port = new osc.UDPPort({ localAddress: "127.0.0.1", localPort: 0, metadata: true });
port.on("ready", () => console.log(port.socket.address().port));
port.on("error", (error) => console.error(String(error)));
port.on("message", ({ address, args }) => {
  const values = args.map((arg) => arg.value);
  if (address === "/VMC/Ext/Bone/Pos") heard.bones[values[0]] = values.slice(1);
  else if (address === "/VMC/Ext/Blend/Val") heard.blends[values[0]] = values[1];
  else heard.other.push([address, args.map((arg) => arg.type).join("")]);
  if (address === "/VMC/Ext/Blend/Apply") {
    console.log(JSON.stringify(heard));
    port.close();
  }
});
port.open();
