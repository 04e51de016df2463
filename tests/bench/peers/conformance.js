// Draws a VRM with three-vrm as a list of shots asks, and posts the pictures to /result.
// Query: figure (URL), job (JSON): size [w, h], background ("#rrggbb"), plain (ignore MToon),
// shots: [{eye, target, fov (deg), light [x, y, z], key, ambient, expressions {name: weight}, t}].
import * as THREE from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { VRMLoaderPlugin, VRMUtils } from "@pixiv/three-vrm";

const query = new URLSearchParams(location.search);
const job = { ...JSON.parse(query.get("job")), figure: query.get("figure") };
const SETTLE = 120; // steps of 1/60 s for the springs, materials standing still

function makeRenderer() {
  const renderer = new THREE.WebGLRenderer({ antialias: true, preserveDrawingBuffer: true });
  renderer.setPixelRatio(1);
  renderer.setSize(...job.size);
  renderer.toneMapping = THREE.NoToneMapping;
  renderer.outputColorSpace = THREE.SRGBColorSpace;
  document.body.append(renderer.domElement);
  return renderer;
}

async function loadFigure() {
  const loader = new GLTFLoader();
  loader.register((parser) => new VRMLoaderPlugin(parser));
  const gltf = await loader.loadAsync(job.figure);
  const vrm = gltf.userData.vrm;
  if (vrm) VRMUtils.rotateVRM0(vrm);
  return { scene: gltf.scene, vrm };
}

function settle(vrm, shot) {
  if (vrm.lookAt) vrm.lookAt.autoUpdate = false;
  for (const [name, weight] of Object.entries(shot.expressions)) {
    vrm.expressionManager?.setValue(name, weight);
  }
  vrm.springBoneManager?.reset();
  for (let step = 0; step < SETTLE; step++) {
    vrm.humanoid.update();
    vrm.nodeConstraintManager?.update();
    vrm.springBoneManager?.update(1 / 60);
  }
  vrm.expressionManager?.update();
  for (const material of vrm.materials ?? []) material.update?.(shot.t);
}

function unsettle(vrm, shot) {
  for (const name of Object.keys(shot.expressions)) vrm.expressionManager?.setValue(name, 0);
  for (const material of vrm.materials ?? []) material.update?.(-shot.t);
}

function lights(shot) {
  const key = new THREE.DirectionalLight(new THREE.Color(...shot.key), Math.PI);
  key.position.set(...shot.light);
  const ambient = new THREE.AmbientLight(new THREE.Color(...shot.ambient), Math.PI);
  return [key, ambient];
}

function draw(renderer, figure, shot) {
  const scene = new THREE.Scene();
  scene.background = new THREE.Color(job.background);
  scene.add(figure.scene, ...lights(shot));
  const camera = new THREE.PerspectiveCamera(shot.fov, job.size[0] / job.size[1], 0.02, 60);
  camera.position.set(...shot.eye);
  camera.lookAt(...shot.target);
  if (figure.vrm) settle(figure.vrm, shot);
  renderer.render(scene, camera);
  const picture = renderer.domElement.toDataURL("image/png");
  if (figure.vrm) unsettle(figure.vrm, shot);
  return picture;
}

async function main() {
  const renderer = makeRenderer();
  const figure = await loadFigure();
  const gl = renderer.getContext();
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  return {
    three: THREE.REVISION,
    driver: info ? gl.getParameter(info.UNMASKED_RENDERER_WEBGL) : "",
    pictures: job.shots.map((shot) => draw(renderer, figure, shot)),
  };
}

main()
  .catch((error) => ({ error: String(error.stack ?? error) }))
  .then((result) => fetch("/result", { method: "POST", body: JSON.stringify(result) }));
