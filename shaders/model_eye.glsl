// An eyeball with its cornea: the iris lies deeper than the surface and is seen refracted; the
// key lamp's soft box is mirrored in the cornea. kind[0]: iris radius in UV, eye radius in m.

vec3 lamp_box(vec3 way, vec3 lamp, float size) {
    vec3 side = normalize(cross(vec3(0.0, 1.0, 0.0), lamp));
    vec3 up = cross(lamp, side);
    float front = dot(way, lamp);
    vec2 at = vec2(dot(way, side), dot(way, up)) / max(front, 0.05);
    vec2 corner = abs(at) - vec2(size * 0.6);
    float outside = length(max(corner, 0.0)) + min(max(corner.x, corner.y), 0.0) - 0.4 * size;
    return vec3(step(0.0, front) * (1.0 - smoothstep(-0.45 * size, 0.25 * size, outside)));
}

vec4 shade(Surface s) {
    vec3 n = s.smooth_normal;
    vec3 across = normalize(s.tangent.xyz - n * dot(n, s.tangent.xyz));
    vec3 along = cross(n, across) * s.tangent.w;
    float iris = max(kind[0].x, 0.01);
    vec2 d = (s.uv - 0.5) / iris;
    float r = length(d);
    float corneal = 1.0 - smoothstep(0.85, 1.2, r);

    vec3 look = vec3(dot(s.view, across), dot(s.view, along), dot(s.view, n));
    float depth = 0.30 * max(1.0 - r * r, 0.0);
    vec2 seen = d - look.xy / max(look.z, 0.35) * depth;
    float q = length(seen);
    vec3 albedo = base_at(0.5 + seen * iris).rgb;

    // light that enters the cornea gathers opposite the lamp
    vec2 lamp = vec2(dot(key_direction.xyz, across), dot(key_direction.xyz, along));
    float in_iris = 1.0 - smoothstep(0.88, 1.02, q);
    float caustic = 1.0 + 0.9 * in_iris * dot(seen, -lamp);
    float limbus = 1.0 - 0.55 * smoothstep(0.72, 0.98, q) * (1.0 - smoothstep(0.98, 1.22, q));
    float sclera = smoothstep(0.95, 1.2, q);
    albedo = mix(albedo, albedo * vec3(0.80, 0.735, 0.70), sclera);
    albedo *= limbus * max(caustic, 0.4) * mix(0.72, 1.0, sclera);

    // the lids shade the ball: a band below the upper one, and both corners
    float lid = 1.0 - 0.80 * smoothstep(0.08, 0.46, dot(n, head_up.xyz));
    float corner = smoothstep(0.50, 0.92, dot(n, head_forward.xyz));
    float open = s.occlusion * lid * mix(0.45, 1.0, corner);
    float ndl = dot(n, key_direction.xyz);
    vec3 key = key_color.rgb * soft_cosine(vec3(ndl), vec3(0.5, 0.42, 0.38));
    vec3 light = key * mix(0.35, 1.0, s.shadow) * mix(0.3, 0.9, open);
    light += s.ambient * open;
    vec3 color = albedo * light;

    // the bulge of the cornea turns its normals outwards, faster than the ball's
    vec3 bump = normalize(n + 0.26 * corneal * (across * d.x + along * d.y));
    vec3 mirror = reflect(-s.view, bump);
    float fresnel = 0.03 + 0.97 * fifth(1.0 - clamp(dot(bump, s.view), 0.0, 1.0));
    float wet = mix(0.35, 1.0, corneal) * mix(0.6, 1.0, s.shadow);
    // the box hangs a little lower for the eyes, as photographers do, clear of the lid
    vec3 box = normalize(key_direction.xyz - vec3(0.0, 0.16, 0.0));
    vec3 shine = key_color.rgb * lamp_box(mirror, box, 0.29) * 15.0 * wet;
    shine += fill_color.rgb * lamp_box(mirror, fill_direction.xyz, 0.34) * 2.0;
    shine += room(mirror, 0.1) * open;
    color += shine * fresnel * mix(lid, 1.0, 0.5);
    return vec4(developed(color), 1.0);
}
