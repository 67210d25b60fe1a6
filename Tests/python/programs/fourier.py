"""numpy.fft: spectra, filtering, convolution by transform."""

import numpy as np

rate = 256
t = np.arange(rate) / rate
signal = np.sin(2 * np.pi * 10 * t) + 0.5 * np.cos(2 * np.pi * 40 * t) + 0.25
spectrum = np.fft.rfft(signal)
frequencies = np.fft.rfftfreq(rate, 1 / rate)
power = np.abs(spectrum) / rate
print(frequencies[power > 0.1], power[power > 0.1].round(8))
spectrum[frequencies > 20] = 0
smooth = np.fft.irfft(spectrum)
print(np.abs(smooth - (np.sin(2 * np.pi * 10 * t) + 0.25)).max() < 1e-12, smooth[:3].round(8))
kernel = np.array([1, 2, 1]) / 4
by_transform = np.fft.irfft(np.fft.rfft(signal, 258) * np.fft.rfft(kernel, 258), 258)
print(np.allclose(by_transform, np.convolve(signal, kernel)))
z = np.fft.fft(np.array([1, 2j, -1, 0.5]))
print(z.round(8), np.angle(z).round(6), z.real.sum().round(6), np.fft.fftshift(np.arange(5)))
image = np.outer(np.hanning(8), np.hamming(8))
print(np.fft.fft2(image).dtype, np.allclose(np.fft.ifft2(np.fft.fft2(image)).real, image))
print(
    np.correlate([1, 2, 3], [0, 1, 0.5], "full"),
    np.sinc([0, 0.5]).round(8),
    np.unwrap([0, 6.2]).round(4),
)
