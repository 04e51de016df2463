// Skin and morph one vertex into the world; captured by transform feedback.
in vec3 position;
in vec3 normal;
in vec4 tangent;
in uvec4 joints;
in vec4 weights;

uniform sampler2D palette;  // three rows of a 3x4 matrix per joint

#ifdef MORPH
uniform sampler2D morph_texture;
uniform vec2 morph_active[128];  // target, weight
uniform int morph_count;
uniform int morph_first;
uniform int morph_moved;
uniform int morph_row;
#endif

out vec3 out_position;
out vec3 out_normal;
out vec4 out_tangent;

void main() {
    vec4 p = vec4(position, 1.0);
    vec3 n = normal;
#ifdef MORPH
    int slot = gl_VertexID - morph_first;
    for (int i = 0; i < morph_count; i++) {
        int at = int(morph_active[i].x) * morph_moved + slot;
        ivec2 texel = ivec2(2 * (at % morph_row), at / morph_row);
        p.xyz += morph_active[i].y * texelFetch(morph_texture, texel, 0).xyz;
        n += morph_active[i].y * texelFetch(morph_texture, texel + ivec2(1, 0), 0).xyz;
    }
#endif
    vec4 x = vec4(0.0), y = vec4(0.0), z = vec4(0.0);
    for (int i = 0; i < 4; i++) {
        float w = weights[i];
        if (w > 0.0) {
            int row = int(joints[i]);
            x += w * texelFetch(palette, ivec2(0, row), 0);
            y += w * texelFetch(palette, ivec2(1, row), 0);
            z += w * texelFetch(palette, ivec2(2, row), 0);
        }
    }
    out_position = vec3(dot(x, p), dot(y, p), dot(z, p));
    out_normal = normalize(vec3(dot(x.xyz, n), dot(y.xyz, n), dot(z.xyz, n)));
    vec3 t = vec3(dot(x.xyz, tangent.xyz), dot(y.xyz, tangent.xyz), dot(z.xyz, tangent.xyz));
    out_tangent = vec4(normalize(t), tangent.w);
    gl_Position = vec4(0.0);
}
