// glTF 2.0 metallic-roughness under one lamp and even ambient light, as glTF viewers draw it:
// GGX with the height-correlated Smith term (Heitz 2014), the energy of further bounces added
// back (Turquin 2019), what the surface reflects taken from the diffuse part.

float smith(float ndl, float ndv, float a2) {
    float l = ndl * sqrt(a2 + (1.0 - a2) * ndv * ndv);
    float v = ndv * sqrt(a2 + (1.0 - a2) * ndl * ndl);
    return 0.5 / max(l + v, 1e-6);
}

// Energy of further bounces over that of the first, in a white furnace: a fit, within .06, of the
// integral over the lobe.
float bounces(float r, float v) {
    float a = (((-0.4715 * v + 2.0799) * v + 0.9276) * v - 3.3290) * v + 0.9368;
    float b = ((-0.7004 * v - 10.9542) * v + 13.8211) * v - 2.5856;
    float c = (8.4771 * v - 11.6353) * v + 2.7718;
    return max(((((0.4833 * r + 3.9979 * v - 1.5679) * r + c) * r + b) * r + a) * r, 0.0);
}

#ifdef DIELECTRIC  // what is reflected has no colour
#define SPECTRUM float
#else
#define SPECTRUM vec3
#endif

vec4 shade(Surface s) {
#ifdef DIELECTRIC
    vec3 diffuse = s.albedo;
    const float f0 = 0.04;
#else
    vec3 diffuse = s.albedo * (1.0 - s.metallic);
    vec3 f0 = mix(vec3(0.04), s.albedo, s.metallic);
#endif
    vec3 turn = max(abs(dFdx(s.smooth_normal)), abs(dFdy(s.smooth_normal)));
    float roughness = min(s.roughness + max(max(turn.x, turn.y), turn.z), 1.0);
    float a2 = square(square(roughness));
    vec3 way = key_direction.xyz, h = normalize(way + s.view);
    float ndl = clamp(dot(s.normal, way), 0.0, 1.0), ndv = clamp(dot(s.normal, s.view), 0.0, 1.0);
    float ndh = clamp(dot(s.normal, h), 0.0, 1.0);
    float d = ndh * ndh * (a2 - 1.0) + 1.0;
    float lobe = a2 / (d * d) * smith(ndl, ndv, a2);
    SPECTRUM fresnel = f0 + (1.0 - f0) * fifth(1.0 - clamp(dot(s.view, h), 0.0, 1.0));
    SPECTRUM shine = fresnel * lobe * (1.0 + f0 * bounces(roughness, ndv));
    vec3 light = key_color.rgb * ndl * (diffuse * (1.0 - fresnel) + shine);
#ifdef ROOM
    vec3 kept = 1.0 - environment_brdf(vec3(0.04), roughness, ndv);
    light += s.ambient * diffuse * kept * s.occlusion;
#endif
    return vec4(developed(light + emission()), s.alpha);
}
