// Colour: sRGB both ways and the tone curve.

// Fits of the exact curve without a power function: within 0.7/255, or 5/255 in the darks.
vec3 from_srgb(vec3 c) {
#if defined(TOON) || defined(PLAIN)
    return c * (c * (c * (c * -0.3635859 + 0.9497184) + 0.3477956) + 0.0602544);
#endif
    return c * (c * (c * 0.305306011 + 0.682171111) + 0.012522878);
}

// Within 1.6/255 at black, 0.6/255 elsewhere.
// IEC 61966-2-1 within 0.2/255: a rational fit in sqrt(c), without a power function.
vec3 to_srgb(vec3 c) {
    vec3 s = sqrt(clamp(c, 0.0, 1.0));
    vec3 top = ((355.328384 * s + 1.96568044) * s + 0.08916874) * s - 0.00067938;
    vec3 bottom = ((43.9037838 * s + 316.388048) * s - 3.66482295) * s + 1.0;
    return top / bottom;
}

// The film curve and the sRGB encoding in one: a rational fit, within 1.4/255, of
// sRGB(ACES(x)) with the ACES fit of Narkowicz 2016 (soft shoulder, gentle toe), in sqrt(x).
vec3 film_to_srgb(vec3 x) {
    vec3 s = min(sqrt(max(x, 0.0)), 2.69);
    vec3 top = ((-1.25009155 * s + 4.99000716) * s + 0.04303434) * s - 0.00437127;
    vec3 bottom = ((-1.35110548 * s + 5.47953957) * s - 0.96841560) * s + 1.0;
    return clamp(top / bottom, 0.0, 1.0);
}

// Interleaved gradient noise (Jimenez 2014), 0..1.
float grain(vec2 pixel) {
    return fract(52.9829189 * fract(dot(pixel, vec2(0.06711056, 0.00583715))));
}

float luminance(vec3 c) { return dot(c, vec3(0.2126, 0.7152, 0.0722)); }
