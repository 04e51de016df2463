// Contrast around a pixel.
uniform sampler2D source;

struct Corners {
    vec4 c, nw, ne, sw, se;
    vec4 tone;   // of the corners
    float low, high;
};

// Coverage counts too: dark hair against nothing is an edge.
float tone(vec4 c) { return dot(c, vec4(0.30, 0.59, 0.11, 0.5)); }

Corners corners(ivec2 at) {
    Corners e;
    e.c = texelFetch(source, at, 0);
    e.nw = texelFetch(source, at + ivec2(-1, -1), 0);
    e.ne = texelFetch(source, at + ivec2(1, -1), 0);
    e.sw = texelFetch(source, at + ivec2(-1, 1), 0);
    e.se = texelFetch(source, at + ivec2(1, 1), 0);
    e.tone = vec4(tone(e.nw), tone(e.ne), tone(e.sw), tone(e.se));
    float m = tone(e.c);
    e.low = min(m, min(min(e.tone.x, e.tone.y), min(e.tone.z, e.tone.w)));
    e.high = max(m, max(max(e.tone.x, e.tone.y), max(e.tone.z, e.tone.w)));
    return e;
}

bool is_edge(Corners e) { return e.high - e.low >= max(0.05, 0.12 * e.high); }
