import Foundation

/// A folder of one's own for what other programs can only read from a disk; gone with its owner.
final class Scratch: Sendable {
  let path: String

  init() throws(ReadFault) {
    var template = Array("\(NSTemporaryDirectory())vouch-verify-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw ReadFault(id: "unreadable", text: "no temporary folder: \(systemError())")
    }
    path = template.withUnsafeBufferPointer { buffer in
      buffer.baseAddress.map { String(cString: $0) } ?? ""
    }
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// Writes a small file; gives its path.
  func write(_ bytes: [UInt8], as name: String) throws -> String {
    let file = "\(path)/\(name)"
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  /// Writes all of a stream; gives the file's path.
  func copy(_ stream: any ByteStream, as name: String) throws -> String {
    let file = "\(path)/\(name)"
    guard FileManager.default.createFile(atPath: file, contents: nil),
      let handle = FileHandle(forWritingAtPath: file)
    else { throw ReadFault(id: "unreadable", text: "cannot write a temporary file") }
    defer { try? handle.close() }
    var chunk = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = try chunk.withUnsafeMutableBytes { try stream.read(into: $0) }
      if count == 0 { break }
      try handle.write(contentsOf: chunk[..<count])
    }
    if let fault = stream.fault { throw fault }
    return file
  }
}

extension PackageContents {
  /// A file of the package as one on disk: itself when the package is a folder.
  func onDisk(_ path: BagPath, scratch: Scratch) throws -> String {
    if let place = place(of: path) { return place }
    return try scratch.copy(try open(path), as: String(path.name))
  }
}
