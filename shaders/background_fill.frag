// Behind the figures: a studio's soft glow, or a picture.
#include "common_color.glsl"

in vec2 v_uv;
uniform vec3 inner;   // display values
uniform vec3 outer;
uniform float aspect;
uniform vec4 crop;    // picture: uv scale and offset (covers the screen)
#ifdef PICTURE
uniform sampler2D picture;
#endif
out vec4 pixel;

void main() {
#ifdef PICTURE
    pixel = vec4(texture(picture, v_uv * crop.xy + crop.zw).rgb, 1.0);
#else
    vec2 at = (v_uv - vec2(0.46, 0.40)) * vec2(min(aspect, 1.5), 1.0);
    float t = clamp(length(at) * 1.15, 0.0, 1.0);
    vec3 color = mix(inner, outer, t * t * (3.0 - 2.0 * t));
    pixel = vec4(color + (grain(gl_FragCoord.xy) - 0.5) * 1.5 / 255.0, 1.0);
#endif
}
