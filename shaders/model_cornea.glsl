// Clear water or cornea: only what it mirrors.
vec4 shade(Surface s) {
    vec3 n = s.smooth_normal * sign(dot(s.smooth_normal, s.view) + 1e-6);
    vec3 h = normalize(key_direction.xyz + s.view);
    float ldh = clamp(dot(s.view, h), 0.0, 1.0);
    float fresnel = 0.03 + 0.97 * fifth(1.0 - ldh);
    float spot = highlight(clamp(dot(n, h), 0.0, 1.0), ldh, max(s.roughness, 0.10)) * fresnel;
    float graze = 0.03 + 0.97 * fifth(1.0 - clamp(dot(n, s.view), 0.0, 1.0));
    vec3 room_light = (room(reflect(-s.view, n), 0.1) + s.ambient) * graze;
    vec3 shine = developed(key_color.rgb * min(spot, 8.0) * s.shadow + room_light);
    return vec4(shine, luminance(shine));
}
