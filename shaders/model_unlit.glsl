// KHR_materials_unlit: the colour as it is.
vec4 shade(Surface s) { return vec4(to_srgb(s.albedo), s.alpha); }
