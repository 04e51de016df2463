// The inverted hull: back faces pushed out along the normal draw an outline (MToon 1.0).

// Without multisampling, what is thinner than a pixel is drawn a pixel wide and lets as much of
// what lies behind through: no dashes.
#ifdef OUTLINE_SOFT
out float v_cover;
#endif

// kind[5].x is a width in m, or in halves of the picture's height.
vec3 hull_offset(vec3 normal, vec2 uv, float depth) {
    float width = kind[5].x;
#ifdef HAS_WIDTH
    width *= textureLod(tex_width, transformed(uv, 9), 0.0).g;
#endif
    mat4 m = view_projection;
    float half_height = depth / length(vec3(m[0][1], m[1][1], m[2][1]));  // of the picture, m
#ifdef OUTLINE_SCREEN
    width *= half_height;
#endif
#ifdef OUTLINE_SOFT
    float pixels = width * floor_color.w / half_height;
    v_cover = min(pixels, 1.0);
    width *= max(1.0, 1.0 / max(pixels, 0.05));
#endif
    return normal * width;
}
