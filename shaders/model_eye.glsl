// An eyeball with its cornea: the iris lies deeper than the surface and is seen refracted; the
// lamps' soft boxes are mirrored in the cornea. kind[0]: iris radius in UV, eye radius in m.

const float IRIS_SINE = 0.44;  // of the angle between the eye's axis and the iris' rim

// A soft box with round corners, seen in a direction; `turned` moves it.
float lamp_box(vec3 way, vec3 lamp, float size) {
    vec3 side = normalize(cross(vec3(0.0, 1.0, 0.0), lamp));
    vec3 up = cross(lamp, side);
    float front = dot(way, lamp);
    vec2 at = vec2(dot(way, side), dot(way, up) * 0.85) / max(front, 0.05);
    vec2 corner = abs(at) - vec2(size * 0.42);
    float outside = length(max(corner, 0.0)) + min(max(corner.x, corner.y), 0.0) - 0.58 * size;
    return step(0.0, front) * (1.0 - smoothstep(-0.45 * size, 0.20 * size, outside));
}

// The lamp, brought round far enough that the cornea mirrors it wherever the eye looks.
vec3 caught(vec3 lamp, vec3 view, vec3 axis) {
    vec3 h = normalize(lamp + view);
    float along = dot(h, axis);
    vec3 off = h - along * axis;
    float reach = 0.40;  // sine of the tilt up to which the mirrored box stays on the cornea
    float tilt = length(off);
    bool mirrored = along > 0.0 && tilt <= reach;
    h = normalize(axis * sqrt(1.0 - reach * reach) + off * (reach / max(tilt, 1e-3)));
    return mirrored ? lamp : reflect(-view, h);  // one way out: Mesa's lavapipe 22 dies of two
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
    float depth = 0.34 * max(1.0 - r * r, 0.0);
    vec2 seen = d - look.xy / max(look.z, 0.35) * depth;
    float q = length(seen);
    vec3 albedo = base_at(0.5 + seen * iris).rgb;

    // light that enters the cornea gathers opposite the lamp
    vec2 lamp = vec2(dot(key_direction.xyz, across), dot(key_direction.xyz, along));
    float in_iris = 1.0 - smoothstep(0.88, 1.02, q);
    float caustic = 1.0 + 1.15 * in_iris * dot(seen, -lamp);
    float limbus = 1.0 - 0.62 * smoothstep(0.70, 0.98, q) * (1.0 - smoothstep(0.98, 1.26, q));
    float sclera = smoothstep(0.95, 1.2, q);
    albedo *= mix(vec3(0.78), vec3(1.02, 0.915, 0.85), sclera);
    albedo *= limbus * max(caustic, 0.35);

    // the lids shade the ball: a band below the upper one, less above the lower, both corners
    float height = dot(n, head_up.xyz), front = dot(n, head_forward.xyz);
    float lid = 1.0 - 0.78 * smoothstep(0.02, 0.40, height);
    lid *= 1.0 - 0.30 * smoothstep(0.10, 0.45, -height);
    float corner = smoothstep(0.42, 0.95, front);
    float open = s.occlusion * lid * mix(0.30, 1.0, corner);
    // and what they throw on it is the colour of their flesh
    vec3 flesh = mix(vec3(1.0, 0.66, 0.58), vec3(1.0), clamp(open * 1.15, 0.0, 1.0));
    float ndl = dot(n, key_direction.xyz);
    vec3 key = key_color.rgb * soft_cosine(vec3(ndl), vec3(0.55, 0.46, 0.42));
    vec3 light = key * mix(0.30, 1.0, s.shadow) * mix(0.22, 0.92, open);
    light += s.ambient * open;
    vec3 color = albedo * light * flesh;

    // the bulge of the cornea turns its normals outwards, faster than the ball's
    vec3 outward = across * d.x + along * d.y;
    vec3 bump = normalize(n + 0.26 * corneal * outward);
    vec3 mirror = reflect(-s.view, bump);
    float fresnel = 0.03 + 0.97 * fifth(1.0 - clamp(dot(bump, s.view), 0.0, 1.0));
    float wet = mix(0.30, 1.0, corneal) * mix(0.6, 1.0, s.shadow);
    float sine = min(IRIS_SINE * r, 0.95);
    vec3 axis = normalize(n * sqrt(1.0 - sine * sine) - outward * (sine / max(r, 1e-3)));
    // the box hangs a little lower for the eyes, as photographers do, clear of the lid
    vec3 box = normalize(key_direction.xyz - vec3(0.0, 0.18, 0.0));
    vec3 shine = key_color.rgb * (lamp_box(mirror, caught(box, s.view, axis), 0.25) * 17.0 * wet);
    shine += fill_color.rgb * (lamp_box(mirror, fill_direction.xyz, 0.34) * 2.2);
    shine += room(mirror, 0.1) * open;
    color += shine * fresnel * mix(lid, 1.0, 0.55);
    return vec4(developed(color), 1.0);
}
