// Edges without multisampling: a short blur along the edge (after FXAA, Lottes 2009), and for
// pictures that are scaled up afterwards a touch of sharpening in the flat parts.
uniform sampler2D source;
uniform float sharpen;
out vec4 pixel;

// Coverage counts too: dark hair against nothing is an edge.
float tone(vec4 c) { return dot(c, vec4(0.30, 0.59, 0.11, 0.5)); }

void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    vec4 c = texelFetch(source, at, 0);
    vec4 nw = texelFetch(source, at + ivec2(-1, -1), 0);
    vec4 ne = texelFetch(source, at + ivec2(1, -1), 0);
    vec4 sw = texelFetch(source, at + ivec2(-1, 1), 0);
    vec4 se = texelFetch(source, at + ivec2(1, 1), 0);
    vec4 t = vec4(tone(nw), tone(ne), tone(sw), tone(se));
    float m = tone(c);
    float low = min(m, min(min(t.x, t.y), min(t.z, t.w)));
    float high = max(m, max(max(t.x, t.y), max(t.z, t.w)));
    if (high - low < max(0.05, 0.12 * high)) {
        vec4 blur = 0.25 * (nw + ne + sw + se);
        pixel = clamp(c + sharpen * (c - blur), 0.0, 1.0);
        pixel.rgb = min(pixel.rgb, pixel.a);
        return;
    }
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
    pixel = mean < low || mean > high ? near : wide;
}
