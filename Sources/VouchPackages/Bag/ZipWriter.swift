import CZlib

/// Writes a zip archive whose bytes depend on its content alone: no times, no machine, no order
/// of threads (APPNOTE 6.3.10, with zip64 where a number needs it).
///
/// The files lie in the archive as they were written, the directory at its end is sorted by path.
/// What is compressed elsewhere waits in a queue of bounded length, so memory does not grow.
final class ZipWriter {
  private final class Entry {
    let name: [UInt8]
    let method: DeflateChunk.Method
    /// Room for 64-bit sizes in the local header, for files that may need them.
    let hasRoom: Bool
    var offset: UInt64 = 0
    var isStarted = false
    var crc: UInt = 0
    var size: UInt64 = 0
    var packed: UInt64 = 0

    init(name: [UInt8], method: DeflateChunk.Method, hasRoom: Bool) {
      self.name = name
      self.method = method
      self.hasRoom = hasRoom
    }
  }

  private let file: OutputFile
  private let pool: DeflatePool
  private var buffer: [UInt8] = []
  private var waiting: [(entry: Entry, chunk: DeflateChunk)] = []
  private var entries: [Entry] = []
  private var current: Entry?
  private var before: [UInt8] = []

  init(_ file: OutputFile, pool: DeflatePool) {
    self.file = file
    self.pool = pool
  }

  /// Starts a file.
  ///
  /// - Parameter size: its size when it is known beforehand.
  func begin(_ path: String, size: Int?, method: DeflateChunk.Method) {
    let entry = Entry(
      name: Array(path.utf8), method: method, hasRoom: size.map { $0 >= Self.large } ?? true)
    entries.append(entry)
    current = entry
    before = []
  }

  /// Adds the next piece of the file: ``DeflateChunk/size`` bytes, only the last may have less.
  func add(_ bytes: [UInt8], isLast: Bool) throws {
    guard let entry = current else { preconditionFailure("no file was begun") }
    let chunk = DeflateChunk(
      input: bytes, before: before, method: entry.method, isLast: isLast)
    before = isLast ? [] : bytes
    waiting.append((entry, chunk))
    pool.submit(chunk)
    while waiting.count > 2 * pool.workers + 2 { try takeFirst() }
  }

  /// Writes what is left and the directory.
  func finish() throws {
    while !waiting.isEmpty { try takeFirst() }
    try flush()
    let start = file.offset
    for entry in entries.sorted(by: { $0.name.lexicographicallyPrecedes($1.name) }) {
      putDirectory(entry)
      if buffer.count >= 1 << 16 { try flush() }
    }
    try flush()
    putEnd(start: start, size: file.offset - start)
    try flush()
  }

  private func takeFirst() throws {
    let (entry, chunk) = waiting.removeFirst()
    chunk.wait()
    let output = entry.method == .store ? chunk.input : chunk.output
    entry.crc =
      entry.isStarted ? crc32_combine(entry.crc, chunk.crc, chunk.input.count) : chunk.crc
    entry.size += UInt64(chunk.input.count)
    entry.packed += UInt64(output.count)
    if !entry.isStarted {
      entry.isStarted = true
      entry.offset = file.offset + UInt64(buffer.count)
      // A file of one piece gets its final header at once.
      putLocalHeader(entry, isWhole: chunk.isLast)
      try put(output)
    } else {
      try put(output)
      if chunk.isLast { try patch(entry) }
    }
  }

  private func patch(_ entry: Entry) throws {
    try flush()
    putLocalHeader(entry, isWhole: false)
    try file.overwrite(buffer, at: entry.offset)
    buffer.removeAll(keepingCapacity: true)
  }

  private func put(_ bytes: [UInt8]) throws {
    if bytes.count >= 1 << 16 {
      try flush()
      try file.write(bytes)
    } else {
      buffer.append(contentsOf: bytes)
      if buffer.count >= 1 << 18 { try flush() }
    }
  }

  private func flush() throws {
    try file.write(buffer)
    buffer.removeAll(keepingCapacity: true)
  }
}

// MARK: The records of the format

extension ZipWriter {
  /// Files of this size and above get room for 64-bit sizes; below 4 GiB, since deflate can make
  /// a file a little longer.
  private static let large = 0xF000_0000
  private static let max32 = UInt64(UInt32.max)

  private func put16(_ value: Int) {
    buffer.append(UInt8(truncatingIfNeeded: value))
    buffer.append(UInt8(truncatingIfNeeded: value >> 8))
  }

  private func put32(_ value: UInt64) {
    for shift in stride(from: UInt64(0), to: 32, by: 8) {
      buffer.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  private func put64(_ value: UInt64) {
    put32(value & Self.max32)
    put32(value >> 32)
  }

  /// Version, flags, method, time, date (1980-01-01, the format's first day), checksum, sizes.
  private func putCommon(_ entry: Entry, needs64: Bool, version: Int) {
    put16(version)
    put16(entry.name.allSatisfy { $0 < 0x80 } ? 0 : 1 << 11)
    put16(entry.method == .store ? 0 : 8)
    put16(0)
    put16(0x0021)
    put32(UInt64(entry.crc))
    put32(needs64 ? Self.max32 : entry.packed)
    put32(needs64 ? Self.max32 : entry.size)
    put16(entry.name.count)
  }

  private func putLocalHeader(_ entry: Entry, isWhole: Bool) {
    let needs64 = entry.size > Self.max32 || entry.packed > Self.max32
    let hasRoom = entry.hasRoom && !isWhole
    put32(0x0403_4b50)
    putCommon(entry, needs64: needs64, version: needs64 ? 45 : 20)
    put16(hasRoom ? 20 : 0)
    buffer.append(contentsOf: entry.name)
    guard hasRoom else { return }
    if needs64 {
      put16(0x0001)
      put16(16)
      put64(entry.size)
      put64(entry.packed)
    } else {
      // "Open Packaging growth hint": room kept for the record above, without any meaning.
      put16(0xA220)
      put16(16)
      put16(0xA028)
      for _ in 0..<14 { buffer.append(0) }
    }
  }

  private func putDirectory(_ entry: Entry) {
    let needs64 = entry.size > Self.max32 || entry.packed > Self.max32
    let isFar = entry.offset > Self.max32
    let extra = (needs64 ? 16 : 0) + (isFar ? 8 : 0)
    put32(0x0201_4b50)
    put16(3 << 8 | 45)
    putCommon(entry, needs64: needs64, version: needs64 || isFar ? 45 : 20)
    put16(extra == 0 ? 0 : extra + 4)
    put16(0)
    put16(0)
    put16(0)
    put32(0o100644 << 16)
    put32(isFar ? Self.max32 : entry.offset)
    buffer.append(contentsOf: entry.name)
    guard extra > 0 else { return }
    put16(0x0001)
    put16(extra)
    if needs64 {
      put64(entry.size)
      put64(entry.packed)
    }
    if isFar { put64(entry.offset) }
  }

  private func putEnd(start: UInt64, size: UInt64) {
    let count = UInt64(entries.count)
    let needs64 = count >= 0xFFFF || start > Self.max32 || size > Self.max32
    if needs64 {
      let at = file.offset
      put32(0x0606_4b50)
      put64(44)
      put16(3 << 8 | 45)
      put16(45)
      put32(0)
      put32(0)
      put64(count)
      put64(count)
      put64(size)
      put64(start)
      put32(0x0706_4b50)
      put32(0)
      put64(at)
      put32(1)
    }
    put32(0x0605_4b50)
    put16(0)
    put16(0)
    put16(count >= 0xFFFF ? 0xFFFF : Int(count))
    put16(count >= 0xFFFF ? 0xFFFF : Int(count))
    put32(min(size, Self.max32))
    put32(min(start, Self.max32))
    put16(0)
  }
}
