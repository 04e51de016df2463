// VRMC_materials_mtoon 1.0, as @pixiv/three-vrm draws it. Only what a material uses is compiled:
// see avatar/render/toon.py. Rows kind[]:
// 0: shade colour, offset of the ramp   1: rim colour, steepness of the ramp
// 2: rim power, lift, lighting mix, GI equalisation   3: matcap colour, weight of the shift map
// 4: outline colour, lighting mix   5: outline width, UV scroll x, y, rotation per second

#ifdef OUTLINE_FLAT
vec4 shade(Surface s) { return vec4(to_srgb(kind[4].rgb), s.alpha); }
#else

#ifndef SHADE_AS_BASE
vec3 shade_color() {
#ifdef HAS_SHADE
    return kind[0].rgb * from_srgb(texture(tex_shade, transformed(SHADE_UV, 5)).rgb);
#else
    return kind[0].rgb;
#endif
}
#endif

// How far the surface is in the light: 0 shade .. 1 lit.
float lit_share(Surface s) {
    float ramp = s.facing * kind[1].w + kind[0].w;
#ifdef HAS_SHIFT
    ramp += texture(tex_shift, transformed(SHIFT_UV, 6)).r * kind[3].w;
#endif
    float lit = clamp(ramp, 0.0, 1.0);
#ifndef PLAIN
    lit *= smoothstep(0.25, 0.75, s.shadow);
#endif
    return lit;
}

#if defined(RIM) || defined(HAS_MATCAP)
vec3 rim_light(Surface s, vec3 light) {
    vec3 rim = vec3(0.0);
#ifdef RIM
    float edge = clamp(1.0 - dot(s.view, s.normal) + kind[2].y, 0.0, 1.0);
    rim += kind[1].rgb * pow(edge, kind[2].x);
#endif
#ifdef HAS_MATCAP
    vec3 across = normalize(vec3(s.view.z, 0.0, -s.view.x));
    vec2 ball = vec2(dot(across, s.normal), -dot(cross(s.view, across), s.normal));
    vec2 uv = transformed(0.5 + 0.5 * ball, 7);
    rim += kind[3].rgb * from_srgb(texture(tex_matcap, uv).rgb);
#endif
#ifdef HAS_RIM
    rim *= from_srgb(texture(tex_rim, transformed(RIM_UV, 8)).rgb);
#endif
    return rim * mix(vec3(1.0), light, kind[2].z);
}
#endif

vec4 shade(Surface s) {
    vec3 key = key_color.rgb * fill_color.w;
#ifdef SHADE_AS_BASE  // one texel times what the light makes of both colours
    vec3 tint = mix(kind[0].rgb, base_color_factor.rgb, lit_share(s));
    vec3 color = base_texel * (tint * key + base_color_factor.rgb * s.ambient);
#else
    vec3 color = mix(shade_color(), s.albedo, lit_share(s)) * key + s.albedo * s.ambient;
#endif
#if defined(RIM) || defined(HAS_MATCAP)
    color += rim_light(s, key + s.ambient);
#endif
    color += emission();
#ifdef OUTLINE
    color = kind[4].rgb * mix(vec3(1.0), color, kind[4].w);
#endif
    return vec4(to_srgb(color), s.alpha);
}
#endif
