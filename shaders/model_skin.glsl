// Skin: light bleeds under the surface, red furthest, so the terminator is wide and warm (Penner
// 2011; the cosine blurred by a box is within 0.1 % of his table for a bend, and the lamp's own
// size widens it further); two highlight lobes; thin parts let light from behind through.

// Half widths of the blur for red, green and blue; y of the traits is the bend in 1/cm.
vec3 bleeding(float bend) {
    return vec3(0.27, 0.19, 0.165) + bend * vec3(0.17, 0.08, 0.06);
}

#ifdef RICH
// How thin the skin is here, 0..1: ears, wings of the nose (red of the roughness texture).
float thinness() {
#ifdef HAS_SURFACE
    return texture(tex_surface, transformed(SURFACE_UV, 2)).r;
#else
    return 0.0;
#endif
}
#endif

#if defined(RICH) && defined(HAS_NORMAL)
// Close up, the map's own pores, many times finer: a patch of the forehead, mirrored.
void roughen(inout Surface s) {
    // where the layout is coarse, the patch would show as blotches
    float coarse = length(dFdx(v_position)) / max(length(dFdx(s.uv)), 1e-9);
    float fade = 1.0 - smoothstep(0.48, 0.75, coarse);
    vec2 at = abs(fract(s.uv * 9.0) * 2.0 - 1.0);
    vec2 fine = texture(tex_normal, vec2(0.155, 0.46) + at * 0.09).xy * 2.0 - 1.0;
    vec3 side = normalize(s.tangent.xyz), up = cross(s.normal, side) * s.tangent.w;
    s.normal = normalize(s.normal + surface_factor.z * 0.5 * fade * (fine.x * side + fine.y * up));
}
#endif

vec4 shade(Surface s) {
#if defined(RICH) && defined(HAS_NORMAL)
    roughen(s);
#endif
    vec3 n = s.normal;
    vec3 key = key_direction.xyz;

    // red reads the smooth normal, blue the detailed one
    float sharp = dot(n, key), soft = dot(s.smooth_normal, key);
    vec3 ndl = mix(vec3(soft), vec3(sharp), vec3(0.40, 0.75, 1.0));
    vec3 width = bleeding(s.traits.y);
    vec3 lit = mix(vec3(s.shadow), vec3(sqrt(s.shadow), s.shadow, 0.96 * s.shadow), 0.08);
    vec3 light = key_color.rgb * soft_cosine(ndl, width) * lit;
    // what the walls of a hollow scatter back keeps it warm instead of black
    float open = s.occlusion;
    light += s.ambient * vec3(1.10, 1.0, 0.90) * mix(vec3(0.10, 0.064, 0.054), vec3(1.0), open * mix(open, 1.0, 0.55));

    float oil = s.traits.z;
    vec3 h = normalize(key + s.view);
    float ndh = clamp(dot(n, h), 0.0, 1.0), ldh = clamp(dot(key, h), 0.0, 1.0);
    float lobes = mix(0.42, 0.54, oil) * highlight(ndh, ldh, s.roughness * mix(0.80, 0.72, oil));
#ifdef LEAN
    vec3 gloss = key_color.rgb * (clamp(sharp, 0.0, 1.0) * s.shadow * 0.05 * lobes);
    gloss += s.ambient * (0.02 * s.occlusion);
    return vec4(developed(s.albedo * light + gloss), s.alpha);
#else
    lobes += 0.6 * highlight(ndh, ldh, min(s.roughness * 1.25, 1.0));
    float fresnel = 0.028 + 0.972 * fifth(1.0 - ldh);
    vec3 gloss = key_color.rgb * (clamp(sharp, 0.0, 1.0) * s.shadow * fresnel * lobes);

    // the rim lamp's shadow: the head as a ball, and what lies open to the sky
    float rim = dot(n, rim_direction.xyz);
    if (rim > -0.5) {
        float back = open * open * past_head(v_position, rim_direction.xyz);
        light += rim_color.rgb * soft_cosine(vec3(rim), width * 0.7) * (back * 0.75);
        vec3 h2 = normalize(rim_direction.xyz + s.view);
        float vdh = clamp(dot(s.view, h2), 0.0, 1.0);
        float edge = highlight(clamp(dot(n, h2), 0.0, 1.0), vdh, s.roughness);
        float graze = (0.028 + 0.972 * fifth(1.0 - vdh)) * edge * back * 0.5;
        gloss += rim_color.rgb * (clamp(rim, 0.0, 1.0) * graze);
    }
#ifdef RICH
    float thin = thinness();
    if (thin > 0.05) {
        float behind = clamp(0.35 - 0.65 * rim, 0.0, 1.0);
        behind *= clamp(-dot(s.view, rim_direction.xyz), 0.0, 1.0);
        behind *= open * open * past_head(v_position, rim_direction.xyz);
        light += rim_color.rgb * vec3(0.50, 0.13, 0.06) * (thin * behind);
    }
#endif
    float ndv = clamp(dot(n, s.view), 0.0, 1.0);
    vec3 mirror = room(reflect(-s.view, n), s.roughness);
    float wet = open * open * mix(0.7, 1.0, oil);
    gloss += mirror * environment_brdf(vec3(0.028), s.roughness, ndv) * (0.7 * wet);
    return vec4(developed(s.albedo * light + gloss + emission()), s.alpha);
#endif
}
