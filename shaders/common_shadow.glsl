// The key light's shadow: 1 lit .. 0 dark.
uniform sampler2D tex_shadow;

#ifdef SHADOW_PCSS
#if defined(PASS_SOFT)
const int SEARCH = 1, TAPS = 4;
#elif defined(SHADOW_FEW)  // hair breaks the light up anyway, and lies in many layers
const int SEARCH = 4, TAPS = 8;
#else
const int SEARCH = 12, TAPS = 28;
#endif

// Percentage-closer soft shadows (Fernando 2005) on a Vogel disc turned per pixel, by a lattice
// without rows or columns (Roberts 2018), which the smoothing of edges blends to an even tone.
vec2 disc(int i, int n, float turn) {
    float a = 2.39996323 * float(i) + turn;
    return sqrt((float(i) + 0.5) / float(n)) * vec2(cos(a), sin(a));
}

uniform sampler2DShadow tex_shadow_lit;  // the same map, compared and filtered

float key_shadow(vec3 at, vec2 pixel, float slope) {
    float turn = 6.2831853 * fract(dot(pixel, vec2(0.75487767, 0.56984029)));
    float bias = (0.0008 + (1.0 + 3.0 * slope) * shadow_scale.z) / shadow_scale.y;
    float reach = 0.045 * key_direction.w / shadow_scale.x;
    float blockers = 0.0, depth = 0.0;
    for (int i = 0; i < SEARCH; i++) {
        float z = textureLod(tex_shadow, at.xy + reach * disc(i, SEARCH, turn), 0.0).r;
        if (z < at.z - bias) { blockers += 1.0; depth += z; }
    }
    if (blockers == 0.0) return 1.0;
    float gap = (at.z - depth / blockers) * shadow_scale.y;
    float radius = clamp(gap * key_direction.w, 0.0015, 0.05) / shadow_scale.x;
    float lit = 0.0;
    for (int i = 0; i < TAPS; i++) {
        vec2 uv = at.xy + radius * disc(i, TAPS, turn);
        lit += texture(tex_shadow_lit, vec3(uv, at.z - bias));
    }
    // where the search hardly found anything, what it found is chance: the shadow fades in
    return mix(1.0, lit / float(TAPS), min(blockers / (0.25 * float(SEARCH)), 1.0));
}
#else
// Variance shadow map (Donnelly & Lauritzen 2006), already blurred: one tap.
float key_shadow(vec3 at, vec2 pixel, float slope) {
    vec2 m = texture(tex_shadow, at.xy).rg;
    float over = at.z - 0.0015 / shadow_scale.y - m.x;
    if (over <= 0.0) return 1.0;
    float variance = max(m.y - m.x * m.x, square(0.004 / shadow_scale.y));
    float lit = variance / (variance + over * over);
    return clamp((lit - 0.25) / 0.75, 0.0, 1.0);
}
#endif
