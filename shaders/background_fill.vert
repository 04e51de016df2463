// A triangle over the whole target at the far plane; v_uv (0, 0) is the picture's top left, for
// all targets but a window's screen (TOP_IS_UP) hold the top row first.
out vec2 v_uv;

void main() {
    vec2 corner = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
#ifdef TOP_IS_UP
    v_uv = vec2(corner.x, 1.0 - corner.y);
#else
    v_uv = corner;
#endif
    gl_Position = vec4(corner * 2.0 - 1.0, 1.0, 1.0);
}
