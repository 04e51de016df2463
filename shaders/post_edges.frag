// Marks edges in the depth buffer, so that only they are smoothed. Pictures that are scaled up
// afterwards get a touch of sharpening in the flat parts (SHARPEN).
#include "common_edge.glsl"

#ifdef SHARPEN
out vec4 pixel;

void main() {
    Corners e = corners(ivec2(gl_FragCoord.xy));
    gl_FragDepth = is_edge(e) ? 1.0 : 0.0;
    vec4 blur = 0.25 * (e.nw + e.ne + e.sw + e.se);
    pixel = clamp(e.c + 0.35 * (e.c - blur), 0.0, 1.0);
    pixel.rgb = min(pixel.rgb, pixel.a);
}
#else
void main() {
    if (!is_edge(corners(ivec2(gl_FragCoord.xy)))) discard;
}
#endif
