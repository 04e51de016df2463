// Edges without multisampling: a short blur along the edge (after FXAA, Lottes 2009).
#include "common_edge.glsl"

out vec4 pixel;

void main() {
    Corners e = corners(ivec2(gl_FragCoord.xy));
    vec4 t = e.tone;
    vec2 way = vec2(t.z + t.w - t.x - t.y, t.x + t.z - t.y - t.w);
    float least = max(dot(t, vec4(0.03)), 1.0 / 128.0);
    way = clamp(way / (min(abs(way.x), abs(way.y)) + least), -6.0, 6.0);
    vec2 texel = 1.0 / vec2(textureSize(source, 0));
    vec2 uv = gl_FragCoord.xy * texel;
    way *= texel;
    vec4 near = 0.5 * (texture(source, uv - way / 6.0) + texture(source, uv + way / 6.0));
    vec4 far = texture(source, uv - way * 0.5) + texture(source, uv + way * 0.5);
    vec4 wide = 0.5 * near + 0.25 * far;
    float mean = tone(wide);
    pixel = mean < e.low || mean > e.high ? near : wide;
}
