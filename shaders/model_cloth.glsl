// Woven cloth: the standard model with fuzz that catches light at grazing angles.
#define OWN_SHADE
#include "model_standard.glsl"

vec4 shade(Surface s) {
    vec3 light = standard_light(s);
    float edge = 1.0 - clamp(dot(s.normal, s.view), 0.0, 1.0);
    float key = clamp(dot(s.normal, key_direction.xyz) * 0.7 + 0.3, 0.0, 1.0) * s.shadow;
    vec3 around = s.ambient * s.occlusion + key_color.rgb * key * 0.35;
    vec3 fuzz = mix(s.albedo, vec3(luminance(s.albedo)), 0.3) + 0.02;
    light += around * fuzz * edge * edge * edge * 1.4;
    return vec4(developed(light), s.alpha);
}
