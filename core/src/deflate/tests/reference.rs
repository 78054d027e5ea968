//! An inflater of a few lines after RFC 1951, slow and strict: the judge of what our compressor makes. A distance over the
//! window is an error here, whatever was there before.

/// Inflates `stream` behind what came before, `output`, which it is added to. The stream must end between two blocks, at a
/// byte. Gives the largest distance.
pub(super) fn inflate(stream: &[u8], output: &mut Vec<u8>, window: usize) -> Result<usize, String> {
    let mut bits = Bits { stream, at: 0 };
    let mut furthest = 0;
    loop {
        if bits.is_at_end() {
            return Ok(furthest);
        }
        let last = bits.take(1)?;
        match bits.take(2)? {
            0 => stored(&mut bits, output)?,
            1 => {
                let lengths: Vec<u8> = (0..288)
                    .map(|symbol| match symbol {
                        144..=255 => 9,
                        256..=279 => 7,
                        _ => 8,
                    })
                    .collect();
                let (literals, distances) = (Code::new(&lengths), Code::new(&[5; 30]));
                furthest = furthest.max(codes(&mut bits, output, &literals, &distances, window)?);
            }
            2 => {
                let (literals, distances) = dynamic(&mut bits)?;
                furthest = furthest.max(codes(&mut bits, output, &literals, &distances, window)?);
            }
            _ => return Err("block type 3".into()),
        }
        if last == 1 {
            return Err("a final block".into());
        }
    }
}

struct Bits<'a> {
    stream: &'a [u8],
    /// In bits.
    at: usize,
}

impl Bits<'_> {
    fn is_at_end(&self) -> bool {
        self.at == self.stream.len() * 8
    }

    fn take(&mut self, count: usize) -> Result<usize, String> {
        let mut value = 0;
        for place in 0..count {
            let byte = self.stream.get(self.at / 8).ok_or("the stream is cut")?;
            value |= usize::from(byte >> (self.at % 8) & 1) << place;
            self.at += 1;
        }
        Ok(value)
    }
}

fn stored(bits: &mut Bits<'_>, output: &mut Vec<u8>) -> Result<(), String> {
    bits.at = bits.at.next_multiple_of(8);
    let (length, complement) = (bits.take(16)?, bits.take(16)?);
    if length != !complement & 0xffff {
        return Err("the length of a stored block".into());
    }
    for _ in 0..length {
        output.push(u8::try_from(bits.take(8)?).unwrap());
    }
    Ok(())
}

/// A canonical Huffman code (§3.2.2): how many codes of each length there are, and the symbols in their order.
struct Code {
    counts: [usize; 16],
    symbols: Vec<usize>,
}

impl Code {
    fn new(lengths: &[u8]) -> Self {
        let mut counts = [0; 16];
        for length in lengths {
            counts[usize::from(*length)] += 1;
        }
        counts[0] = 0;
        let mut symbols = Vec::new();
        for length in 1..16 {
            symbols.extend((0..lengths.len()).filter(|symbol| usize::from(lengths[*symbol]) == length));
        }
        Self { counts, symbols }
    }

    fn next(&self, bits: &mut Bits<'_>) -> Result<usize, String> {
        let (mut code, mut first, mut index) = (0, 0, 0);
        for length in 1..16 {
            code |= bits.take(1)?;
            let count = self.counts[length];
            if code < first + count {
                return Ok(self.symbols[index + code - first]);
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        Err("no such code".into())
    }
}

fn dynamic(bits: &mut Bits<'_>) -> Result<(Code, Code), String> {
    const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
    let (literals, distances, count) = (bits.take(5)? + 257, bits.take(5)? + 1, bits.take(4)? + 4);
    let mut lengths = [0; 19];
    for place in &ORDER[..count] {
        lengths[*place] = u8::try_from(bits.take(3)?).unwrap();
    }
    let code = Code::new(&lengths);
    let mut lengths: Vec<u8> = Vec::new();
    while lengths.len() < literals + distances {
        let (length, times) = match code.next(bits)? {
            16 => (*lengths.last().ok_or("nothing to repeat")?, 3 + bits.take(2)?),
            17 => (0, 3 + bits.take(3)?),
            18 => (0, 11 + bits.take(7)?),
            length => (u8::try_from(length).unwrap(), 1),
        };
        lengths.extend(core::iter::repeat_n(length, times));
    }
    let (literals, distances) = lengths.split_at(literals);
    Ok((Code::new(literals), Code::new(distances)))
}

fn codes(
    bits: &mut Bits<'_>,
    output: &mut Vec<u8>,
    literals: &Code,
    distances: &Code,
    window: usize,
) -> Result<usize, String> {
    const LENGTHS: [usize; 29] = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163,
        195, 227, 258,
    ];
    const DISTANCES: [usize; 30] = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049,
        3073, 4097, 6145, 8193, 12289, 16385, 24577,
    ];
    let mut furthest = 0;
    loop {
        match literals.next(bits)? {
            symbol @ 0..=255 => output.push(u8::try_from(symbol).unwrap()),
            256 => return Ok(furthest),
            symbol => {
                let symbol = symbol - 257;
                let more = if symbol < 8 || symbol == 28 { 0 } else { symbol / 4 - 1 };
                let length = LENGTHS[symbol] + bits.take(more)?;
                let symbol = distances.next(bits)?;
                let more = (symbol / 2).saturating_sub(1);
                let distance = DISTANCES[symbol] + bits.take(more)?;
                if distance > window || distance > output.len() {
                    return Err(format!("a distance of {distance} bytes in a window of {window}"));
                }
                furthest = furthest.max(distance);
                for _ in 0..length {
                    output.push(output[output.len() - distance]);
                }
            }
        }
    }
}
