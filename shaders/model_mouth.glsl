// Teeth, tongue and the mouth's cavity: light comes only through the lips, so it falls off with
// depth and grows as the jaw opens; wet flesh all round keeps what it throws back warm.
vec4 shade(Surface s) {
    float jaw = head_up.w;
    float depth = s.traits.w;
    float reach = mix(0.30, 0.46, jaw);
    float gate = (1.0 - smoothstep(0.02, reach, depth)) * mix(0.86, 1.08, sqrt(jaw));
    float ndl = clamp(dot(s.normal, key_direction.xyz) * 0.6 + 0.4, 0.0, 1.0);
    // the lips' shadow is soft: teeth glow in what comes round them
    float lit = mix(0.62, 1.0, s.shadow);
    vec3 light = key_color.rgb * (ndl * lit * 0.66) + s.ambient;
    vec3 warm = mix(vec3(1.0, 0.60, 0.52), vec3(1.0), clamp(gate * 1.3, 0.0, 1.0));
    // enamel lets light in and gives it back a little yellow
    vec3 color = s.albedo * vec3(1.12, 1.06, 0.98) * light * warm * (gate + 0.035);
    vec3 h = normalize(key_direction.xyz + s.view);
    float ldh = clamp(dot(s.view, h), 0.0, 1.0);
    float wet = highlight(clamp(dot(s.normal, h), 0.0, 1.0), ldh, 0.28) * 0.03;
    color += key_color.rgb * (wet * gate * lit * ndl);
    return vec4(developed(color), s.alpha);
}
