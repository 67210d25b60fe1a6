import CMartlet
import Glibc
import MartletIR
import Testing

@testable import MartletRuntime

#if arch(x86_64)
  @Suite struct KernelPackTests {
    private let build = [UInt8](repeating: 7, count: KernelPack.buildBytes)
    private let level = PackLevel.v3

    /// `out[i] = a[i] * factor`.
    private func kernel(_ factor: Double) -> Kernel {
      let b = KernelBuilder(name: "scale")
      let a = b.buffer(.float64, strides: [.unit])
      let out = b.buffer(.float64, strides: [.unit], access: .write)
      let count = b.slotValue(b.slot())
      b.loop(.vector, from: b.integer(0), to: count) { i in
        b.store(out, [i], b.load(a, [i]) * factor)
      }
      return b.finish()
    }

    private func run(_ function: UnsafeRawPointer) -> [Double] {
      var input: [Double] = [1, 2, 3, 4, 5, 6, 7, 8, 9]
      var output = [Double](repeating: 0, count: 9)
      var slots: [Int64] = [9]
      input.withUnsafeMutableBytes { input in
        output.withUnsafeMutableBytes { output in
          var buffers: [UnsafeMutableRawPointer?] = [input.baseAddress, output.baseAddress]
          _ = martlet_call_kernel_flags(function, &buffers, &slots, 0, 1)
        }
      }
      return output
    }

    /// The file of a pack with two kernels.
    private func contents() throws -> [UInt8] {
      let recorder = try KernelRecorder(level)
      var objects: [SHA256.Digest: [UInt8]] = [:]
      for factor in [2.0, 3.0] {
        let key = KernelPack.key(of: kernel(factor))
        objects[key] = try recorder.object(kernel(factor), key)
      }
      return KernelPack.contents(objects, level: level, build: build)
    }

    /// Runs `body` with a path where a file with `contents` lies.
    private func withFile(
      _ contents: [UInt8], mode: mode_t = 0o644, _ body: (String) throws -> Void
    ) throws {
      try withTemporaryCache { _, directory in
        let path = directory.replacing("/cache/martlet", with: "/pack")
        let file = martlet_open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        #expect(DiskCache.write(contents, to: file))
        fchmod(file, mode)
        close(file)
        defer { unlink(path) }
        try body(path)
      }
    }

    private func open(_ path: String, build: [UInt8]? = nil) -> KernelPack? {
      KernelPack(path: path, level: level, build: build ?? self.build, owner: geteuid())
    }

    @Test func servesWithoutCompiling() throws {
      guard PackLevel.host != nil else { return }
      try withFile(try contents()) { path in
        let pack: KernelPack = try #require(open(path))
        let cache = KernelCache(disk: DiskCache(directory: nil), pack: pack)
        #expect(run(try cache.function(of: kernel(2))) == [2, 4, 6, 8, 10, 12, 14, 16, 18])
        #expect(run(try cache.function(of: kernel(3))) == [3, 6, 9, 12, 15, 18, 21, 24, 27])
        _ = try cache.function(of: kernel(3))
        #expect(cache.statistics == .init(memory: 1, pack: 2, disk: 0, compiled: 0))
        #expect(run(try cache.function(of: kernel(4))) == [4, 8, 12, 16, 20, 24, 28, 32, 36])
        #expect(cache.statistics.compiled == 1)
      }
    }

    @Test func aDamagedEntryIsCompiled() throws {
      let whole = try contents()
      let table = KernelPack.headerBytes + 2 * KernelPack.entryBytes
      for place in [table + 70, whole.count - 300, KernelPack.headerBytes + 50] {
        var damaged = whole
        damaged[place] ^= 4
        try withFile(damaged) { path in
          let pack: KernelPack = try #require(open(path))
          let cache = KernelCache(disk: DiskCache(directory: nil), pack: pack)
          #expect(run(try cache.function(of: kernel(2)))[0] == 2)
          #expect(run(try cache.function(of: kernel(3)))[0] == 3)
          #expect(cache.statistics.compiled == 1, "byte \(place)")
        }
      }
    }

    /// Whatever a byte of the table says, nothing outside of the file is touched.
    @Test func noByteOfTheTableLeadsOutside() throws {
      let whole = try contents()
      let keys = [2.0, 3.0].map { KernelPack.key(of: kernel($0)) }
      for place in 0..<(KernelPack.headerBytes + 2 * KernelPack.entryBytes) {
        for change: UInt8 in [1, 0x80, 0xff] {
          var damaged = whole
          damaged[place] ^= change
          try withFile(damaged) { path in
            guard let pack = open(path) else { return }
            for key in keys {
              guard let object = pack.object(key) else { continue }
              #expect(whole.contains(Array(object)))
            }
          }
        }
      }
    }

    @Test func isRefusedWhereItIsNotThisBuilds() throws {
      let whole = try contents()
      try withFile(whole) { path in
        #expect(open(path)?.count == 2)
        #expect(open(path, build: [UInt8](repeating: 8, count: 32)) == nil)
        #expect(KernelPack(path: path, level: .v4, build: build, owner: geteuid()) == nil)
        let link = path + ".link"
        #expect(symlink(path, link) == 0)
        #expect(open(link) == nil)
        unlink(link)
      }
      try withFile(whole, mode: 0o646) { #expect(open($0) == nil) }
      for length in [0, 8, 55, 56, KernelPack.headerBytes + KernelPack.entryBytes] {
        try withFile(Array(whole.prefix(length))) { #expect(open($0) == nil, "\(length) bytes") }
      }
      #expect(open("/dev/zero") == nil)
      #expect(open("/nonexistent/pack") == nil)
    }

    @Test func usersKernelsAreNotTakenFromIt() throws {
      try withFile(try contents()) { path in
        let pack: KernelPack = try #require(open(path))
        let cache = KernelCache(disk: DiskCache(directory: nil), pack: pack)
        _ = try cache.function(of: kernel(2), isUsers: true)
        #expect(cache.statistics == .init(memory: 0, pack: 0, disk: 0, compiled: 1))
      }
    }

    @Test func thisProgramHasABuild() {
      // The linker writes it; without one there is no pack.
      if let build = KernelPack.currentBuild { #expect(build.count == KernelPack.buildBytes) }
    }
  }
#endif
