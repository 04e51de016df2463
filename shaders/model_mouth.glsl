// Teeth, tongue and the mouth's cavity: light comes only through the lips, so it falls off with
// depth and grows as the jaw opens.
vec4 shade(Surface s) {
    float jaw = head_up.w;
    float depth = s.traits.w;
    float reach = mix(0.25, 0.62, jaw);
    float gate = 0.04 + (1.0 - smoothstep(0.05, reach, depth)) * mix(0.30, 0.85, jaw);
    float ndl = clamp(dot(s.normal, key_direction.xyz) * 0.7 + 0.3, 0.0, 1.0);
    vec3 light = key_color.rgb * ndl * s.shadow * 0.7 + s.ambient;
    vec3 warm = mix(vec3(1.0, 0.62, 0.55), vec3(1.0), gate);
    vec3 color = s.albedo * light * warm * gate;
    vec3 h = normalize(key_direction.xyz + s.view);
    float ldh = clamp(dot(s.view, h), 0.0, 1.0);
    float wet = highlight(clamp(dot(s.normal, h), 0.0, 1.0), ldh, 0.28) * 0.03;
    color += key_color.rgb * wet * gate * s.shadow * clamp(ndl, 0.0, 1.0);
    return vec4(developed(color), s.alpha);
}
