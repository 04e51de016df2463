// Depth from the key lamp.
in vec3 position;
in vec2 uv0;
uniform mat4 lamp;
out vec2 v_uv;

void main() {
    v_uv = uv0;
    gl_Position = lamp * vec4(position, 1.0);
}
