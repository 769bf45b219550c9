/// The files of a package, wherever they lie.
protocol PackageContents: Sendable {
  /// Name of the package's folder.
  var name: String { get }
  var form: Verification.Form { get }
  /// Every regular file with its size in bytes.
  var files: [BagPath: Int] { get }
  /// What is there and is no regular file: links, devices, names that are no text.
  var refused: [Finding] { get }
  /// Opens one of `files`.
  func open(_ path: BagPath) throws -> any ByteStream
  /// Where one of `files` lies on disk; nil inside a zip.
  func place(of path: BagPath) -> String?
}

extension PackageContents {
  func has(_ path: BagPath) -> Bool { files[path] != nil }
  func has(_ path: String) -> Bool { has(BagPath(path)) }

  /// A whole file, or nil when it is longer than `limit`.
  func bytes(_ path: BagPath, limit: Int) throws -> [UInt8]? {
    guard let size = files[path], size <= limit else { return nil }
    return try open(path).all(expecting: size, limit: limit)
  }
}

/// Bytes that are read from the front to the end, once.
protocol ByteStream: AnyObject {
  /// Fills the buffer from its beginning; 0 at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
  /// What the end of the bytes showed to be wrong with them, once they were all read.
  var fault: ReadFault? { get }
}

extension ByteStream {
  /// Everything that is left; nil when that is more than `limit` bytes.
  func all(expecting size: Int, limit: Int) throws -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(size, limit) + 1)
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = try chunk.withUnsafeMutableBytes { try read(into: $0) }
      if count == 0 { return bytes }
      if bytes.count + count > limit { return nil }
      bytes.append(contentsOf: chunk[..<count])
    }
  }
}

/// Why the bytes of a file could not be read, or are not the ones that were packed.
struct ReadFault: Error, Sendable, Hashable {
  /// `crc`, `size`, `deflate` of a zip; `unreadable` of a folder.
  let id: String
  let text: String
  var expected: String?
  var actual: String?
}
