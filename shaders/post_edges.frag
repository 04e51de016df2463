// Finds edges and marks them in the depth buffer, so that only they are smoothed; what is flat
// may get a touch of sharpening, for pictures that are scaled up afterwards.
#include "common_edge.glsl"

uniform float sharpen;
out vec4 pixel;

void main() {
    Corners e = corners(ivec2(gl_FragCoord.xy));
    gl_FragDepth = is_edge(e) ? 1.0 : 0.0;
    vec4 blur = 0.25 * (e.nw + e.ne + e.sw + e.se);
    pixel = clamp(e.c + sharpen * (e.c - blur), 0.0, 1.0);
    pixel.rgb = min(pixel.rgb, pixel.a);
}
