// Reflection models.

float square(float x) { return x * x; }

float fifth(float x) { float y = x * x; return y * y * x; }

// GGX highlight with the Kelemen visibility term, for light of colour 1 = white paper at 1.
float highlight(float ndh, float ldh, float roughness) {
    float a2 = square(square(roughness));
    float d = ndh * ndh * (a2 - 1.0) + 1.0;
    return a2 / (d * d * 4.0 * max(ldh * ldh, 0.05));
}

// Split-sum environment term (Karis 2014, "physically based shading on mobile").
vec3 environment_brdf(vec3 f0, float roughness, float ndv) {
    vec4 r = roughness * vec4(-1.0, -0.0275, -0.572, 0.022) + vec4(1.0, 0.0425, 1.04, -0.04);
    float a = min(r.x * r.x, exp2(-9.28 * ndv)) * r.x + r.y;
    vec2 ab = vec2(-1.04, 1.04) * a + r.zw;
    return f0 * ab.x + ab.y;
}

// The clamped cosine blurred by a box of half width w: smooth around the terminator.
vec3 soft_cosine(vec3 ndl, vec3 w) {
    vec3 t = clamp(ndl + w, vec3(0.0), 2.0 * w);
    return t * t / (4.0 * w) + max(ndl - w, 0.0);
}

// The studio seen in a direction, blurred by roughness.
vec3 room(vec3 way, float roughness) {
    float up = clamp(0.5 + way.y * mix(1.1, 0.45, roughness), 0.0, 1.0);
    vec3 base = mix(floor_color.rgb, ceiling.rgb, up * up * (3.0 - 2.0 * up));
    float box = max(dot(way, fill_direction.xyz), 0.0);
    float glow = exp2((box - 1.0) * mix(24.0, 4.0, roughness));
#ifdef RICH
    // a strip above the camera and a window behind the shoulder, as in a studio
    float strip = dot(way, vec3(0.0, 0.829, 0.559)), window = dot(way, vec3(-0.872, 0.262, -0.414));
    base += ceiling.rgb * (1.5 * exp2((strip - 1.0) * mix(40.0, 7.0, roughness)));
    base += rim_color.rgb * (0.16 * exp2((window - 1.0) * mix(30.0, 7.0, roughness)));
#endif
    return base + fill_color.rgb * glow * 0.8;
}
