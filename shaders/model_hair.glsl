// Hair: two highlights along the strand (Kajiya & Kay 1989; Scheuermann 2004), a white one
// shifted to the root and a tinted one shifted to the tip, broken up from strand to strand.

// How bright this strand is beside its neighbours, about 0.5..1.5; 1 where strands blur.
float strand_value(Surface s) {
#if defined(HAS_BASE) && !defined(LEAN)
    vec3 near = from_srgb(textureLod(tex_base, transformed(s.uv, 0), 5.0).rgb);
    return clamp(luminance(s.albedo) / max(luminance(near), 1e-4), 0.3, 1.7);
#else
    return 1.0;
#endif
}

vec3 strand_light(vec3 strand, vec3 n, Surface s, vec3 way, vec3 color, float value) {
    vec3 h = normalize(way + s.view);
    float shift = (value - 1.0) * 0.13;
    float white = dot(normalize(strand + n * (shift - 0.10)), h);
    float tinted = dot(normalize(strand + n * (shift * 1.5 + 0.16)), h);
    float first = exp2(-90.0 * white * white);
    float second = exp2(-26.0 * tinted * tinted);
    float face = clamp(dot(n, way) * 0.75 + 0.30, 0.0, 1.0);
    vec3 tint = sqrt(s.albedo);
    return color * (face * value) * ((0.03 + 0.24 * tint) * first + tint * 0.26 * second);
}

vec4 shade(Surface s) {
    vec3 n = s.smooth_normal;
    float open = mix(0.12, 1.0, s.occlusion);
    vec3 strand = normalize(cross(n, s.tangent.xyz) * s.tangent.w);
    float value = strand_value(s);
    vec3 key = key_direction.xyz;
    float along = dot(strand, key);
    float sine = sqrt(max(1.0 - along * along, 0.0));
    float wrap = clamp((dot(n, key) + 0.35) / 1.35, 0.0, 1.0) * mix(1.0, sine, 0.6);
    vec3 light = key_color.rgb * (wrap * s.shadow * open) + s.ambient * open;
    float rim = clamp((dot(n, rim_direction.xyz) + 0.3) / 1.3, 0.0, 1.0);
    light += rim_color.rgb * (rim * open * open);
    vec3 color = s.albedo * light;
    color += strand_light(strand, n, s, key, key_color.rgb, value) * (s.shadow * open);
#ifndef LEAN
    // light from behind shines through the strands at the silhouette
    float through = clamp(-dot(s.view, rim_direction.xyz), 0.0, 1.0);
    float edge = 1.0 - abs(dot(n, s.view));
    float side = clamp(dot(n, rim_direction.xyz) + 0.2, 0.0, 1.0);
    color += rim_color.rgb * sqrt(s.albedo) * (through * edge * edge * side * open * 0.5);
    color += strand_light(strand, n, s, rim_direction.xyz, rim_color.rgb, value) * (open * open * 0.6);
    color += strand_light(strand, n, s, fill_direction.xyz, fill_color.rgb, value) * (open * 0.8);
#endif
    return vec4(developed(color), s.alpha);
}
