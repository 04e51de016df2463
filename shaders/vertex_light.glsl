// The draft's light: everything per vertex but the texture and the key lamp's shadow. Our own
// figures have about a vertex per pixel at that size.
out vec3 v_key;    // times albedo and shadow
out vec3 v_gloss;  // times shadow

#if defined(KIND_SKIN)
void light_vertex(vec3 n, vec3 view) {
    vec3 key = key_direction.xyz;
    vec3 width = vec3(0.27, 0.19, 0.165) + traits.y * vec3(0.17, 0.08, 0.06);
    v_key = key_color.rgb * soft_cosine(vec3(dot(n, key)), width);
    v_ambient *= mix(vec3(0.10, 0.064, 0.054), vec3(1.0), traits.x * mix(traits.x, 1.0, 0.55));
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
    float open = mix(0.12, 1.0, traits.x);
    v_key *= open;
    v_ambient *= open;
    vec3 h = normalize(key + view);
    float white = dot(normalize(strand - 0.10 * n), h), tinted = dot(normalize(strand + 0.16 * n), h);
    float face = clamp(facing * 0.75 + 0.30, 0.0, 1.0) * open;
    v_key += key_color.rgb * (face * 1.6 * exp2(-26.0 * tinted * tinted));
    v_gloss = key_color.rgb * (face * 0.04 * exp2(-90.0 * white * white));
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
