// A round of ground about a figure; every corner of the square lies on its rim's tangents.
#include "common_frame.glsl"

uniform vec4 place;   // centre, and radius, m
out vec3 v_position;

void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0;
    v_position = place.xyz + vec3(corner.x, 0.0, corner.y) * place.w;
    gl_Position = view_projection * vec4(v_position, 1.0);
}
