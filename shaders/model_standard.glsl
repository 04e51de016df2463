// glTF 2.0 metallic-roughness (Appendix B) under the lamps and the studio.

vec3 lamp_light(Surface s, vec3 way, vec3 color, vec3 diffuse, vec3 f0) {
    float ndl = clamp(dot(s.normal, way), 0.0, 1.0);
    vec3 h = normalize(way + s.view);
    float ldh = clamp(dot(way, h), 0.0, 1.0);
    float spec = highlight(clamp(dot(s.normal, h), 0.0, 1.0), ldh, s.roughness);
    return color * ndl * (diffuse + (f0 + (1.0 - f0) * fifth(1.0 - ldh)) * spec);
}

vec3 standard_light(Surface s) {
    vec3 diffuse = s.albedo * (1.0 - s.metallic);
    vec3 f0 = mix(vec3(0.04), s.albedo, s.metallic);
    vec3 light = lamp_light(s, key_direction.xyz, key_color.rgb, diffuse, f0) * s.shadow;
    light += s.ambient * diffuse * s.occlusion;
#ifndef LEAN
    float back = s.occlusion * s.occlusion;
    light += lamp_light(s, rim_direction.xyz, rim_color.rgb, diffuse, f0) * back;
    float ndv = clamp(dot(s.normal, s.view), 0.0, 1.0);
    vec3 mirror = room(reflect(-s.view, s.normal), s.roughness);
    light += mirror * environment_brdf(f0, s.roughness, ndv) * s.occlusion;
#else
    light += f0 * s.ambient * s.occlusion;
#endif
    return light + emission();
}

#ifndef OWN_SHADE
vec4 shade(Surface s) { return vec4(developed(standard_light(s)), s.alpha); }
#endif
