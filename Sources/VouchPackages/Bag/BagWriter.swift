import Foundation
import VouchModel

/// Writes the files of a package into a folder and into a zip at once, each byte hashed on the
/// way, and ends them with the tag files of a BagIt bag (RFC 8493).
final class BagWriter {
  struct Entry {
    /// Relative to the package's folder.
    let path: String
    let digest: Digest
    let size: Int
  }

  /// The package's folder, still under its temporary path.
  let folder: String
  private let name: String
  private let zip: ZipWriter
  private let pool: DeflatePool
  private(set) var entries: [String: Entry] = [:]
  private var folders: Set<String> = [""]
  private var isOpen = false

  /// - Parameters:
  ///   - place: an existing empty folder.
  ///   - name: name of the package's folder, and of the zip without `.zip`.
  init(in place: String, name: String, pool: DeflatePool = DeflatePool()) throws {
    self.name = name
    self.pool = pool
    folder = "\(place)/\(name)"
    if mkdir(folder, 0o755) != 0 { throw Refusal.io("create", folder) }
    zip = ZipWriter(try OutputFile("\(place)/\(name).zip"), pool: pool)
  }

  deinit { pool.close() }

  /// Adds a small file.
  @discardableResult
  func add(_ path: String, _ bytes: [UInt8]) throws -> Entry {
    let file = try open(path, size: bytes.count)
    try file.write(bytes)
    return try file.close()
  }

  @discardableResult
  func add(_ path: String, text: String) throws -> Entry { try add(path, Array(text.utf8)) }

  /// Copies a file from the disk, reading each byte once.
  ///
  /// - Parameters:
  ///   - digest: what the bytes have to be; nil when anything is right.
  @discardableResult
  func copy(
    _ path: String, from source: String, digest: Digest? = nil,
    progress: (Int) -> Void = { _ in }
  ) throws -> Entry {
    let input = try Input(source)
    let entry = try input.pass(to: open(path, size: input.size), progress)
    if let digest, entry.digest != digest { throw changed(source, digest, entry.digest) }
    return entry
  }

  /// Makes a finished file of ours one of the package by a link, which spares writing it again;
  /// across devices, or where there are no links, by a copy.
  @discardableResult
  func link(_ path: String, from source: String) throws -> Entry {
    try check(path)
    try makeFolder(of: path)
    let target = "\(folder)/\(path)"
    if Glibc.link(source, target) != 0 {
      return try copy(path, from: source)
    }
    let input = try Input(target)
    return try input.pass(to: open(path, on: nil, size: input.size))
  }

  /// Opens a file that is written piece by piece; only one at a time.
  func stream(_ path: String) throws -> BagFile {
    try open(path, size: nil)
  }

  private func open(
    _ path: String, size: Int?
  ) throws -> BagFile {
    try check(path)
    try makeFolder(of: path)
    let file = try OutputFile("\(folder)/\(path)")
    return open(path, on: file, size: size)
  }

  /// - Parameter file: nil for one that is in the folder already.
  private func open(
    _ path: String, on file: OutputFile?, size: Int?
  ) -> BagFile {
    precondition(!isOpen, "a file of the package is still open")
    isOpen = true
    return BagFile(
      file, into: zip, path: "\(name)/\(path)", size: size
    ) { [self] digest, size in
      let entry = Entry(path: path, digest: digest, size: size)
      entries[path] = entry
      isOpen = false
      return entry
    }
  }

  private func makeFolder(of path: String) throws {
    guard let slash = path.lastIndex(of: "/") else { return }
    let parent = String(path[..<slash])
    if folders.contains(parent) { return }
    try makeFolder(of: parent)
    if mkdir("\(folder)/\(parent)", 0o755) != 0 { throw Refusal.io("create", parent) }
    folders.insert(parent)
  }

  /// A path may come from a template's or a page's name, so it is not trusted.
  private func check(_ path: String) throws {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    let isPlain = parts.allSatisfy { part in
      !part.isEmpty && part != "." && part != ".." && part.utf8.count <= 255
        && part.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }
    }
    guard isPlain, entries[path] == nil else {
      throw Refusal(
        .data,
        Diagnostic(
          "package.bad-path", .error, at: XMLText.line(path),
          isPlain ? "two files of the package have this path" : "no path inside a package",
          why: "a package is one file a path, all below its own folder"))
    }
  }

  private func changed(_ path: String, _ expected: Digest, _ found: Digest) -> Refusal {
    Refusal(
      .data,
      Diagnostic(
        "package.evidence-changed", .error, at: path,
        "the ledger has digest \(expected.short)..., the file has \(found.short)...",
        why: "preserved evidence that changed is no evidence",
        fix: "restore the file from a backup or collect again"))
  }
}

// MARK: The tag files

extension BagWriter {
  /// Bytes and files below `data/`.
  var payload: (bytes: Int, files: Int) {
    entries.values.reduce(into: (0, 0)) { sum, entry in
      guard entry.path.hasPrefix("data/") else { return }
      sum.0 += entry.size
      sum.1 += 1
    }
  }

  /// Writes what makes the folder a bag, and ends the zip.
  ///
  /// - Parameters:
  ///   - info: labels and values of bag-info.txt; Payload-Oxum is added.
  ///   - seal: gets the tag manifest and gives the files to lay beside it.
  /// - Returns: the digest of the tag manifest, which names the whole package.
  func finish(
    info: [(label: String, value: String)], seal: ([UInt8]) throws -> [PackageFile] = { _ in [] }
  ) throws -> Digest {
    let payload = payload
    try add("bagit.txt", text: "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
    var lines = info.filter { !$0.value.isEmpty }
    lines.append(("Payload-Oxum", "\(payload.bytes).\(payload.files)"))
    try add(
      "bag-info.txt", text: lines.map { "\($0.label): \(XMLText.line($0.value))\n" }.joined())
    try add("manifest-sha256.txt", manifest { $0.hasPrefix("data/") })
    let tags = manifest { !$0.hasPrefix("data/") }
    let tagManifest = try add("tagmanifest-sha256.txt", tags)
    for file in try seal(tags) { try add(file.path, file.bytes) }
    try zip.finish()
    return tagManifest.digest
  }

  /// `<digest>  <path>` for `sha256sum -c`, sorted by the bytes of the path.
  private func manifest(where isListed: (String) -> Bool) -> [UInt8] {
    let listed = entries.values.filter { isListed($0.path) }
      .sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    var out: [UInt8] = []
    out.reserveCapacity(listed.count * 140)
    for entry in listed {
      out.append(contentsOf: entry.digest.hex.utf8)
      out.append(contentsOf: [0x20, 0x20])
      for byte in entry.path.utf8 {
        switch byte {
        // RFC 8493, 2.1.3; line ends cannot be in a path of ours.
        case UInt8(ascii: "%"): out.append(contentsOf: "%25".utf8)
        default: out.append(byte)
        }
      }
      out.append(0x0A)
    }
    return out
  }
}

/// A file of a package while it is written.
final class BagFile: ByteSink {
  /// Nil: the bytes are on disk already.
  private let file: OutputFile?
  private let zip: ZipWriter
  private let path: String
  private let size: Int?
  private let closed: (Digest, Int) -> BagWriter.Entry
  private var hash: SHA256? = SHA256()
  private var piece: [UInt8] = []
  private var isBegun = false
  private var written = 0

  init(
    _ file: OutputFile?, into zip: ZipWriter, path: String, size: Int?,
    closed: @escaping (Digest, Int) -> BagWriter.Entry
  ) {
    self.file = file
    self.zip = zip
    self.path = path
    self.size = size
    self.closed = closed
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      if piece.count == DeflateChunk.size { try pass(isLast: false) }
      let n = min(rest.count, DeflateChunk.size - piece.count)
      piece.append(contentsOf: rest.prefix(n))
      rest = rest.dropFirst(n)
    }
  }

  /// Takes over a piece without copying it, when nothing is buffered.
  fileprivate func add(_ bytes: [UInt8]) throws {
    if piece.count == DeflateChunk.size { try pass(isLast: false) }
    if piece.isEmpty { piece = bytes } else { try write(bytes) }
  }

  @discardableResult
  func close() throws -> BagWriter.Entry {
    try pass(isLast: true)
    guard let hash = hash.take() else { preconditionFailure("the file is closed already") }
    return closed(hash.finish(), written)
  }

  private func pass(isLast: Bool) throws {
    if !isBegun {
      isBegun = true
      zip.begin(
        path, size: isLast ? piece.count : size, method: Packed.isPacked(piece) ? .store : .deflate)
    }
    piece.withUnsafeBytes { hash?.update($0) }
    try file?.write(piece)
    written += piece.count
    try zip.add(piece, isLast: isLast)
    piece = []
  }
}

/// A file on disk that is read once, from front to back.
private final class Input {
  private let path: String
  private let descriptor: Int32
  let size: Int

  init(_ path: String) throws {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw Refusal.io("read", path) }
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
    var status = stat()
    let failed = fstat(descriptor, &status) != 0
    size = Int(status.st_size)
    if failed { throw Refusal.io("read", path) }
  }

  deinit { close(descriptor) }

  /// Passes all of it on, and closes the file that it becomes.
  func pass(to file: BagFile, _ progress: (Int) -> Void = { _ in }) throws -> BagWriter.Entry {
    while case let piece = try next(), !piece.isEmpty {
      try file.add(piece)
      progress(piece.count)
    }
    return try file.close()
  }

  /// Pieces of ``DeflateChunk/size``; the last is shorter or empty.
  private func next() throws -> [UInt8] {
    var failed: Int32 = 0
    let piece = [UInt8](unsafeUninitializedCapacity: DeflateChunk.size) { buffer, used in
      while used < buffer.count {
        let n = read(descriptor, buffer.baseAddress?.advanced(by: used), buffer.count - used)
        if n < 0, errno == EINTR { continue }
        if n < 0 { failed = errno }
        if n <= 0 { break }
        used += n
      }
    }
    if failed != 0 { throw Refusal.io("read", path, failed) }
    return piece
  }
}

/// Formats that are compressed already; deflate would only cost time.
private enum Packed {
  private static let marks: [[UInt8]] = [
    [0x50, 0x4B, 0x03, 0x04], [0x1F, 0x8B], [0x28, 0xB5, 0x2F, 0xFD],
    [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], [0x42, 0x5A, 0x68], [0x89, 0x50, 0x4E, 0x47],
    [0xFF, 0xD8, 0xFF], [0x37, 0x7A, 0xBC, 0xAF],
  ]

  static func isPacked(_ head: [UInt8]) -> Bool { marks.contains { head.starts(with: $0) } }
}
