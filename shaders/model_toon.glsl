// Plain fallback for VRMC_materials_mtoon 1.0: lit and shade colours with the shading shift and
// toony ramp, the parametric rim, emission. No outline, matcap or UV animation.
// kind[0]: shade colour, shading shift; kind[1]: rim colour, toony; kind[2]: rim power, lift,
// lighting mix, GI equalisation.

vec4 shade(Surface s) {
    vec3 shade_color = kind[0].rgb;
#ifdef HAS_SHADE
    shade_color *= from_srgb(texture(tex_shade, transformed(SHADE_UV, 5)).rgb);
#endif
    float toony = kind[1].w;
    float shading = dot(s.normal, key_direction.xyz) + kind[0].w;
    float lit = clamp((shading + 1.0 - toony) / max(2.0 * (1.0 - toony), 1e-4), 0.0, 1.0);
    lit *= smoothstep(0.25, 0.75, s.shadow);
    vec3 around = mix(s.ambient, 0.5 * (ceiling.rgb + floor_color.rgb), kind[2].w);
    vec3 key = key_color.rgb * (0.8 / max(luminance(key_color.rgb), 1e-3));
    vec3 color = mix(shade_color, s.albedo, lit) * key + s.albedo * around * 0.45;
    float edge = clamp(1.0 - dot(s.view, s.normal) + kind[2].y, 0.0, 1.0);
    vec3 rim = kind[1].rgb * pow(edge, max(kind[2].x, 1e-3));
    color += rim * mix(vec3(1.0), key, kind[2].z) + emission();
    return vec4(to_srgb(min(color, 1.0)), s.alpha);
}
