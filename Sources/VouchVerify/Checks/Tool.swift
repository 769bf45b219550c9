import Subprocess

/// A program of the system that decides what we would not want to decide ourselves.
enum Tool {
  struct Answer: Sendable {
    let isSuccess: Bool
    let output: String
    let errors: String
  }

  /// Runs a program found in `PATH`, without a shell; nil when it is not installed.
  static func run(_ name: String, _ arguments: [String], input: [UInt8] = []) async -> Answer? {
    do {
      let result = try await Subprocess.run(
        .name(name), arguments: Arguments(arguments),
        environment: .inherit.updating(["LC_ALL": "C", "TZ": "UTC"]),
        input: .array(input), output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
      return Answer(
        isSuccess: result.terminationStatus.isSuccess, output: result.standardOutput,
        errors: result.standardError)
    } catch {
      return nil
    }
  }
}
