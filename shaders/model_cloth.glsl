// Woven cloth: the standard model with fuzz that catches light at grazing angles.
#define OWN_SHADE
#include "model_standard.glsl"

#if defined(HAS_NORMAL) && defined(NEEDS_TANGENT)
// Threads finer than a pixel go a little before they would beat with the pixels.
void unweave(inout Surface s) {
    vec3 map = texture(tex_normal, transformed(NORMAL_UV, 1), 1.25).xyz * 2.0 - 1.0;
    map.xy *= surface_factor.z;
    vec3 across = s.tangent.xyz, along = cross(s.smooth_normal, across) * s.tangent.w;
    s.normal = normalize(map.x * across + map.y * along + map.z * s.smooth_normal);
}
#endif

vec4 shade(Surface s) {
#if defined(HAS_NORMAL) && defined(NEEDS_TANGENT)
    unweave(s);
#endif
    vec3 light = standard_light(s);
    float edge = 1.0 - clamp(dot(s.normal, s.view), 0.0, 1.0);
    float key = clamp(dot(s.normal, key_direction.xyz) * 0.7 + 0.3, 0.0, 1.0) * s.shadow;
    vec3 around = s.ambient * s.occlusion + key_color.rgb * key * 0.35;
    vec3 fuzz = mix(s.albedo, vec3(luminance(s.albedo)), 0.3) + 0.02;
    light += around * fuzz * edge * edge * edge * 1.4;
    return vec4(developed(light), s.alpha);
}
