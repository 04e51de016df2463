// The draft's light: everything per vertex but the texture and the key lamp's shadow. Our own
// figures have about a vertex per pixel at that size.
out vec3 v_key;    // times albedo and shadow
out vec3 v_gloss;  // times shadow

#if defined(KIND_SKIN)
void light_vertex(vec3 n, vec3 view) {
    vec3 key = key_direction.xyz;
    vec3 width = vec3(0.30, 0.16, 0.10) + traits.y * vec3(0.30, 0.14, 0.08);
    v_key = key_color.rgb * soft_cosine(vec3(dot(n, key)), width);
    v_ambient *= mix(vec3(0.16, 0.085, 0.065), vec3(1.0), traits.x);
    vec3 h = normalize(key + view);
    float shine = highlight(max(dot(n, h), 0.0), max(dot(key, h), 0.0), mix(0.46, 0.40, traits.z));
    v_gloss = key_color.rgb * (max(dot(n, key), 0.0) * 0.035 * shine);
}
#elif defined(KIND_HAIR)
void light_vertex(vec3 n, vec3 view) {
    vec3 key = key_direction.xyz;
    vec3 strand = normalize(cross(n, tangent.xyz) * tangent.w);
    float along = dot(strand, key);
    float sine = sqrt(max(1.0 - along * along, 0.0));
    float facing = dot(n, key);
    v_key = key_color.rgb * (clamp((facing + 0.35) / 1.35, 0.0, 1.0) * mix(1.0, sine, 0.6));
    float open = mix(0.25, 1.0, traits.x);
    v_ambient *= open;
    vec3 h = normalize(key + view);
    float white = dot(normalize(strand - 0.10 * n), h), tinted = dot(normalize(strand + 0.14 * n), h);
    float shine = 0.06 * exp2(-90.0 * white * white) + 0.07 * exp2(-26.0 * tinted * tinted);
    v_gloss = key_color.rgb * (clamp(facing * 0.7 + 0.35, 0.0, 1.0) * open * shine);
}
#else
void light_vertex(vec3 n, vec3 view) {
    vec3 key = key_direction.xyz;
    v_key = key_color.rgb * max(dot(n, key), 0.0);
    float edge = 1.0 - max(dot(n, view), 0.0);
    v_ambient *= traits.x * (1.0 + 1.4 * edge * edge * edge);
    v_gloss = vec3(0.0);
}
#endif
