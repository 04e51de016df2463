// One rectangle of the overlay, given in pixels from the frame's top left corner.
uniform vec4 rectangle; // x, y, width, height
uniform vec2 frame;     // width, height
uniform float flip;     // 1: the target's first row is the picture's top; -1: its bottom
out vec2 v_uv;

void main() {
    v_uv = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    vec2 place = (rectangle.xy + v_uv * rectangle.zw) / frame * 2.0 - 1.0;
    gl_Position = vec4(place.x, place.y * flip, 0.0, 1.0);
}
