// What vertex_light.glsl has lit.
in vec3 v_key;
in vec3 v_gloss;

vec4 shade(Surface s) {
    vec3 color = s.albedo * (v_key * s.shadow + s.ambient) + v_gloss * s.shadow;
    return vec4(developed(color), s.alpha);
}
