// Skin: light bleeds under the surface, red furthest, so the terminator is wide and warm
// (after Penner 2011, with a box-blurred cosine for the table); two highlight lobes.

vec4 shade(Surface s) {
    vec3 n = s.normal;
    vec3 key = key_direction.xyz;

    // red reads the smooth normal, blue the detailed one
    float sharp = dot(n, key), soft = dot(s.smooth_normal, key);
    vec3 ndl = mix(vec3(soft), vec3(sharp), vec3(0.35, 0.65, 1.0));
    vec3 width = vec3(0.30, 0.16, 0.10) + s.traits.y * vec3(0.30, 0.14, 0.08);
    vec3 lit = mix(vec3(s.shadow), vec3(sqrt(s.shadow), 0.97 * s.shadow, 0.93 * s.shadow), 0.14);
    vec3 light = key_color.rgb * soft_cosine(ndl, width) * lit;
    // what the walls of a hollow scatter back keeps it warm instead of black
    light += s.ambient * mix(vec3(0.16, 0.085, 0.065), vec3(1.0), s.occlusion);

    float oil = s.traits.z;
    vec3 h = normalize(key + s.view);
    float ndh = clamp(dot(n, h), 0.0, 1.0), ldh = clamp(dot(key, h), 0.0, 1.0);
    float lobes = mix(0.55, 0.75, oil) * highlight(ndh, ldh, s.roughness * mix(0.80, 0.70, oil));
#ifdef LEAN
    vec3 gloss = key_color.rgb * (clamp(sharp, 0.0, 1.0) * s.shadow * 0.05 * lobes);
    gloss += s.ambient * (0.02 * s.occlusion);
    return vec4(developed(s.albedo * light + gloss), s.alpha);
#else
    lobes += 0.6 * highlight(ndh, ldh, min(s.roughness * 1.2, 1.0));
    float fresnel = 0.028 + 0.972 * fifth(1.0 - ldh);
    vec3 gloss = key_color.rgb * (clamp(sharp, 0.0, 1.0) * s.shadow * fresnel * lobes);

    float back = s.occlusion * s.occlusion, rim = dot(n, rim_direction.xyz);
    if (rim > -0.5) {
        light += rim_color.rgb * soft_cosine(vec3(rim), width * 0.7) * (back * 0.8);
        vec3 h2 = normalize(rim_direction.xyz + s.view);
        float vdh = clamp(dot(s.view, h2), 0.0, 1.0);
        float edge = highlight(clamp(dot(n, h2), 0.0, 1.0), vdh, s.roughness);
        float graze = (0.028 + 0.972 * fifth(1.0 - vdh)) * edge * back * 0.6;
        gloss += rim_color.rgb * (clamp(rim, 0.0, 1.0) * graze);
    }
    float ndv = clamp(dot(n, s.view), 0.0, 1.0);
    vec3 mirror = room(reflect(-s.view, n), s.roughness);
    float wet = s.occlusion * mix(0.7, 1.0, oil);
    gloss += mirror * environment_brdf(vec3(0.028), s.roughness, ndv) * wet;
    return vec4(developed(s.albedo * light + gloss + emission()), s.alpha);
#endif
}
