//! A server on this machine that speaks the hub's paths, and files as the hub has them.

use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// Files by their paths.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Serves files until the test ends; its address comes back.
pub fn start(files: Files) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let files = Arc::new(files);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (files, stream) = (Arc::clone(&files), stream.unwrap());
            thread::spawn(move || answer(&files, stream));
        }
    });
    address
}

fn answer(files: &Files, mut stream: TcpStream) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut request = String::new();
    reader.read_line(&mut request).unwrap();
    let mut header = String::from(" ");
    while !header.trim().is_empty() {
        header.clear();
        reader.read_line(&mut header).unwrap();
    }
    let mut words = request.split_whitespace();
    let (method, path) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let (status, body) = match files.get(path) {
        Some(body) => ("200 OK", &body[..]),
        None => ("404 Not Found", &b""[..]),
    };
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    // Whoever has enough hangs up.
    let _ = stream.write_all(head.as_bytes());
    if method != "HEAD" {
        let _ = stream.write_all(body);
    }
}

/// MNIST and CIFAR-10 in the hub's layout, as many images as there are.
pub fn images() -> Files {
    let sets = [
        (
            "ylecun/mnist",
            "mnist",
            28,
            png::ColorType::Grayscale,
            [60_000, 10_000],
        ),
        (
            "uoft-cs/cifar10",
            "plain_text",
            32,
            png::ColorType::Rgb,
            [50_000, 10_000],
        ),
    ];
    let mut files = Files::new();
    for (name, folder, side, colour, counts) in sets {
        for (split, count) in ["train", "test"].into_iter().zip(counts) {
            let path =
                format!("/datasets/{name}/resolve/main/{folder}/{split}-00000-of-00001.parquet");
            files.insert(path, rows(count, side, colour));
        }
    }
    files
}

fn rows(count: usize, side: u32, colour: png::ColorType) -> Vec<u8> {
    let schema = "message schema { required group image { required binary bytes; } \
                  required int64 label; }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut file = Vec::new();
    let properties = Arc::new(WriterProperties::builder().build());
    let mut writer = SerializedFileWriter::new(&mut file, schema, properties).unwrap();
    let labels: Vec<i64> = (0..count as i64).map(|index| index % 10).collect();
    let plain: Vec<ByteArray> = (0..10).map(|label| picture(label, side, colour)).collect();
    let images: Vec<_> = labels
        .iter()
        .map(|label| plain[*label as usize].clone())
        .collect();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let bytes = column.typed::<ByteArrayType>();
    bytes.write_batch(&images, None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let numbers = column.typed::<Int64Type>();
    numbers.write_batch(&labels, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    file
}

fn picture(label: u8, side: u32, colour: png::ColorType) -> ByteArray {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(colour);
    encoder.set_depth(png::BitDepth::Eight);
    let pixels = vec![25 * label; side as usize * side as usize * colour.samples()];
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    file.into()
}
