// Lashes and brows: thin hairs over skin, lit from all sides, never black.
vec4 shade(Surface s) {
    float key = clamp(dot(s.smooth_normal, key_direction.xyz) * 0.4 + 0.5, 0.0, 1.0);
    vec3 light = key_color.rgb * key * mix(0.4, 1.0, s.shadow) + s.ambient;
    // thin hairs cover more than the mean of their texels says, and shade one another
    return vec4(developed(s.albedo * light * 0.75), s.alpha * (1.7 - 0.7 * s.alpha));
}
