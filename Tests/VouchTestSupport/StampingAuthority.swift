import Foundation

/// A time-stamping authority of our own, made with openssl.
public final class StampingAuthority: Sendable {
  private let folder: String
  /// Certificate of the root, PEM.
  public var root: String { "\(folder)/root.pem" }

  public static let shared = Result { try StampingAuthority() }
  /// Another one, that nobody knows.
  public static let stranger = Result { try StampingAuthority() }

  private init() throws {
    folder = NSTemporaryDirectory() + "vouch-tsa-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let settings = """
      [req]
      distinguished_name = name
      prompt = no
      [name]
      CN = Example Time
      [root]
      basicConstraints = critical,CA:TRUE
      keyUsage = critical,keyCertSign
      [stamp]
      basicConstraints = CA:FALSE
      extendedKeyUsage = critical,timeStamping
      [tsa]
      default_tsa = here
      [here]
      serial = serial
      crypto_device = builtin
      signer_cert = stamp.pem
      certs = root.pem
      signer_key = stamp.key
      signer_digest = sha256
      default_policy = 1.2.3.4
      digests = sha256

      """
    try settings.write(toFile: "\(folder)/settings", atomically: true, encoding: .utf8)
    // The same, but it knows no digest that anybody asks for.
    try settings.replacing("digests = sha256", with: "digests = sha512").write(
      toFile: "\(folder)/strict", atomically: true, encoding: .utf8)
    try "01".write(toFile: "\(folder)/serial", atomically: true, encoding: .utf8)
    try openssl(
      "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key "
        + "-out root.pem -days 3650 -config settings -extensions root")
    try openssl(
      "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout stamp.key -out stamp.csr "
        + "-config settings")
    try openssl(
      "x509 -req -in stamp.csr -CA root.pem -CAkey root.key -CAcreateserial -out stamp.pem "
        + "-days 3650 -extfile settings -extensions stamp")
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func openssl(_ arguments: String) throws {
    let status = try run(arguments)
    if status != 0 { throw Failure(description: "openssl \(arguments): status \(status)") }
  }

  private func run(_ arguments: String) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["openssl"] + arguments.split(separator: " ").map(String.init)
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }

  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  /// Lays the time stamp of a file beside it, `FILE.tsr`. No space may be in the path.
  public func stamp(_ file: String) throws {
    let query = UUID().uuidString + ".tsq"
    try openssl("ts -query -data \(file) -sha256 -cert -out \(query)")
    try openssl("ts -reply -config settings -queryfile \(query) -out \(file).tsr")
  }

  /// The reply to a query, as the authority's mood has it.
  public func reply(to query: Data, mood: String) throws -> Data {
    let name = UUID().uuidString
    try query.write(to: URL(fileURLWithPath: "\(folder)/\(name).tsq"))
    if mood == "other" {
      try "something else".write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
      try openssl("ts -query -data \(name) -sha256 -cert -out \(name).tsq")
    }
    let settings = mood == "rejects" ? "strict" : "settings"
    // A refusal is a reply too.
    _ = try run("ts -reply -config \(settings) -queryfile \(name).tsq -out \(name).tsr")
    return try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name).tsr"))
  }
}
