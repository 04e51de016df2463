// Sends one VMC frame with the npm package osc: vmc_send.js PORT, repeated for two seconds.
const osc = require("osc");

const f = (...values) => values.map((value) => ({ type: "f", value }));
const s = (value) => ({ type: "s", value });
const frame = {
  timeTag: osc.timeTag(0),
  packets: [
    { address: "/VMC/Ext/OK", args: [{ type: "i", value: 1 }] },
    { address: "/VMC/Ext/T", args: f(1.5) },
    { address: "/VMC/Ext/Root/Pos", args: [s("root"), ...f(0, 0, 0, 0, 0, 0, 1)] },
    { address: "/VMC/Ext/Bone/Pos", args: [s("Head"), ...f(0, 0.1, 0, 0, 0.2, 0, Math.sqrt(0.96))] },
    { address: "/VMC/Ext/Bone/Pos", args: [s("LeftUpperArm"), ...f(0, 0, 0, 0, 0, 0.6, 0.8)] },
    { address: "/VMC/Ext/Blend/Val", args: [s("Joy"), ...f(0.75)] },
    { address: "/VMC/Ext/Blend/Val", args: [s("JawOpen"), ...f(0.5)] },
    { address: "/VMC/Ext/Blend/Apply", args: [] },
  ],
};
const port = new osc.UDPPort({ localAddress: "127.0.0.1", localPort: 0, metadata: true });
port.on("ready", () => {
  let left = 40;
  const timer = setInterval(() => {
    port.send(frame, "127.0.0.1", Number(process.argv[2]));
    if (--left === 0) {
      clearInterval(timer);
      port.close();
    }
  }, 50);
});
port.open();
