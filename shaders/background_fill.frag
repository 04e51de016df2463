// Behind the figures: a studio's soft glow, or a picture.
#include "common_color.glsl"

in vec2 v_uv;
uniform vec3 inner;   // display values
uniform vec3 outer;
uniform float aspect;
uniform vec4 crop;    // picture: uv scale and offset (covers the screen)
#ifdef PICTURE
uniform sampler2D picture;
uniform float soft;   // radius out of focus, share of the picture's height
#endif
out vec4 pixel;

void main() {
#ifdef PICTURE
    vec2 at = v_uv * crop.xy + crop.zw;
#ifdef SOFT
    // a disc, each tap the mean over its share of it
    vec2 texels = vec2(textureSize(picture, 0));
    vec2 disc = soft * crop.y * vec2(texels.y / texels.x, 1.0);
    float level = log2(max(0.45 * soft * crop.y * texels.y, 1.0));
    vec3 sum = vec3(0.0);
    for (int i = 0; i < 20; i++) {
        float far = sqrt((float(i) + 0.5) / 20.0), angle = 2.39996323 * float(i);
        sum += textureLod(picture, at + disc * far * vec2(cos(angle), sin(angle)), level).rgb;
    }
    pixel = vec4(sum / 20.0, 1.0);
#else
    pixel = vec4(texture(picture, at).rgb, 1.0);
#endif
#else
    vec2 at = (v_uv - vec2(0.46, 0.40)) * vec2(min(aspect, 1.5), 1.0);
    float t = clamp(length(at) * 1.15, 0.0, 1.0);
    vec3 color = mix(inner, outer, t * t * (3.0 - 2.0 * t));
    pixel = vec4(color + (grain(gl_FragCoord.xy) - 0.5) * 1.5 / 255.0, 1.0);
#endif
}
