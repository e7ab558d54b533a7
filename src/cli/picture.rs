//! Draws the sample scan of the demo: a page of a paper chart, at 150 dpi, as a scanner would give it.

use std::io;

/// A4 at 150 dpi.
const WIDTH: usize = 1240;
const HEIGHT: usize = 1754;

/// 150 dpi in dots per metre, the unit of PNG.
const DOTS_PER_METRE: u32 = 5906;

const PAPER: [u8; 3] = [252, 250, 244];
const INK: [u8; 3] = [38, 44, 78];
const RULE: [u8; 3] = [178, 196, 214];
const SEAL: [u8; 3] = [196, 38, 42];

/// A sheet being drawn on.
struct Sheet {
    pixels: Vec<u8>,
}

/// The page as a PNG file.
pub(crate) fn sample_scan() -> io::Result<Vec<u8>> {
    let mut sheet = Sheet::blank();
    sheet.ruled();
    sheet.handwriting();
    sheet.seal(1010, 1500, 78);
    let mut file = Vec::new();
    let size = |n: usize| u32::try_from(n).map_err(io::Error::other);
    let mut encoder = png::Encoder::new(&mut file, size(WIDTH)?, size(HEIGHT)?);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: DOTS_PER_METRE,
        yppu: DOTS_PER_METRE,
        unit: png::Unit::Meter,
    }));
    let mut writer = encoder.write_header().map_err(io::Error::other)?;
    writer.write_image_data(&sheet.pixels).map_err(io::Error::other)?;
    writer.finish().map_err(io::Error::other)?;
    Ok(file)
}

impl Sheet {
    fn blank() -> Self {
        Self { pixels: PAPER.repeat(WIDTH * HEIGHT) }
    }

    fn dot(&mut self, x: usize, y: usize, colour: [u8; 3]) {
        if x >= WIDTH {
            return;
        }
        let at = (y * WIDTH + x) * 3;
        if let Some(pixel) = self.pixels.get_mut(at..at + 3) {
            pixel.copy_from_slice(&colour);
        }
    }

    fn bar(&mut self, x: usize, y: usize, width: usize, height: usize, colour: [u8; 3]) {
        for row in y..y + height {
            for column in x..x + width {
                self.dot(column, row, colour);
            }
        }
    }

    /// The printed form: a head line, a frame, and rules to write on.
    fn ruled(&mut self) {
        self.bar(100, 120, 420, 26, INK);
        self.bar(100, 165, WIDTH - 200, 4, INK);
        for (x, width) in [(100, 240), (460, 300), (860, 200)] {
            self.bar(x, 200, width, 10, RULE);
        }
        let mut y = 300;
        while y < HEIGHT - 180 {
            self.bar(100, y, WIDTH - 200, 2, RULE);
            y += 60;
        }
        self.bar(98, 240, 3, HEIGHT - 400, RULE);
        self.bar(WIDTH - 101, 240, 3, HEIGHT - 400, RULE);
    }

    /// Lines of loops that look like a hurried hand; the shapes come from a fixed sequence.
    fn handwriting(&mut self) {
        let mut state: u32 = 0x1911_2026;
        let mut next = move |limit: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            usize::try_from((state >> 16) % limit).unwrap_or(0)
        };
        for line in 0..18 {
            let baseline = 290 + line * 60;
            let end = 500 + next(560);
            let mut x = 130;
            while x < end {
                let (width, height) = (7 + next(9), 10 + next(26));
                self.stroke(x, baseline, width, height);
                x += width + if next(6) == 0 { 22 } else { 3 };
            }
        }
    }

    /// One loop of the pen: up, over, and down again.
    fn stroke(&mut self, x: usize, baseline: usize, width: usize, height: usize) {
        for step in 0..height {
            let lean = step * width / (height * 2);
            self.bar(x + lean, baseline - step, 3, 2, INK);
            self.bar(x + width - lean / 2, baseline - step, 3, 2, INK);
        }
        self.bar(x + width / 2, baseline - height, width / 2 + 2, 3, INK);
        self.bar(x, baseline - 2, width, 3, INK);
    }

    /// The registered seal: a red ring with the strokes of 印.
    fn seal(&mut self, x: usize, y: usize, radius: usize) {
        let (outer, inner) = (radius * radius, (radius - 8) * (radius - 8));
        for row in 0..=2 * radius {
            for column in 0..=2 * radius {
                let (down, across) = (row.abs_diff(radius), column.abs_diff(radius));
                let distance = down * down + across * across;
                if (inner..=outer).contains(&distance) {
                    self.dot(x + column - radius, y + row - radius, SEAL);
                }
            }
        }
        let strokes = [(-38, -34, 8, 68), (-38, -34, 34, 8), (-38, -4, 34, 8), (-38, 28, 34, 8)];
        let right = [(8, -34, 8, 76), (8, -34, 34, 8), (34, -34, 8, 46), (24, 4, 18, 8)];
        for (dx, dy, width, height) in strokes.into_iter().chain(right) {
            let (Some(left), Some(top)) = (x.checked_add_signed(dx), y.checked_add_signed(dy))
            else {
                continue;
            };
            self.bar(left, top, width, height, SEAL);
        }
    }
}
