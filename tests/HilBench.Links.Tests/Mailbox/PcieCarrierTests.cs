using System.Buffers.Binary;
using HilBench.Journal;
using HilBench.Links.Tests.Carriers;

namespace HilBench.Links.Tests.Mailbox;

/// <summary>A BAR mailbox in a shared file. Expected bytes: docs/bar-mailbox.md.</summary>
[TestFixture(4096)]
[TestFixture(65536)]
public sealed class PcieCarrierTests(int ringBytes) : CarrierContract
{
    private readonly List<string> _files = [];
    private string _path = null!;

    private static Deadline Soon => Deadline.After(TimeProvider.System, TimeSpan.FromSeconds(5));

    [SetUp]
    public void ChooseFile() => _path = NewPath();

    [TearDown]
    public void RemoveFiles()
    {
        _files.ForEach(File.Delete);
        _files.Clear();
    }

    [Test]
    public void Mailbox_begins_as_it_is_specified()
    {
        using var board = Start();

        var bytes = File.ReadAllBytes(_path);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(bytes[..8], Is.EqualTo((byte[])[(byte)'H', (byte)'I', (byte)'L', (byte)'M', 1, 0, 0, 0]));
            Assert.That(Words(bytes, 0x008, 6), Is.EqualTo((uint[])[
                (uint)(0x140 + (2 * ringBytes)), 1, 0x140, (uint)ringBytes, (uint)(0x140 + ringBytes), (uint)ringBytes]));
            Assert.That(bytes[0x020..0x140], Is.All.Zero);
        }
    }

    [Test]
    public void Bytes_lie_in_the_ring_and_the_producer_counts_them()
    {
        using var board = Start();
        using var host = Open(_path);

        host.Write([1, 2, 3, 4, 5], Soon);
        board.Write([9, 8, 7], Soon);
        var bytes = File.ReadAllBytes(_path);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Words(bytes, 0x040, 1)[0], Is.EqualTo(5));
            Assert.That(bytes[0x140..0x145], Is.EqualTo((byte[])[1, 2, 3, 4, 5]));
            Assert.That(Words(bytes, 0x0C0, 1)[0], Is.EqualTo(3));
            Assert.That(bytes[(0x140 + ringBytes)..(0x143 + ringBytes)], Is.EqualTo((byte[])[9, 8, 7]));
        }
    }

    [Test]
    public void Indices_wrap_at_2_to_the_32()
    {
        using var board = Start();
        Patch(0x040, 0xFFFF_FFF0);
        Patch(0x080, 0xFFFF_FFF0);
        using var host = Open(_path);
        var bytes = Enumerable.Range(1, 48).Select(i => (byte)i).ToArray();

        host.Write(bytes, Soon);

        Assert.That(Words(File.ReadAllBytes(_path), 0x040, 1)[0], Is.EqualTo(0x20));
        Assert.That(File.ReadAllBytes(_path)[0x140..0x160], Is.EqualTo(bytes[16..]), "byte 0 of the ring after the wrap");
    }

    [Test]
    public void What_was_left_for_another_host_is_dropped()
    {
        using var board = Start();
        board.Write([1, 2, 3], Soon);

        using var host = Open(_path);
        board.Write([4], Soon);
        var buffer = new byte[10];

        Assert.That((host.Read(buffer, Soon), buffer[0]), Is.EqualTo((1, 4)));
    }

    [Test]
    public void Board_that_restarts_is_attached_to_anew()
    {
        var first = Start();
        using var host = Open(_path);
        host.Write([1, 2, 3], Soon);
        first.Dispose();

        using var second = Start();
        Assert.That(host.Read(new byte[10], Deadline.Now), Is.Zero);
        host.Write([7], Soon);
        var buffer = new byte[10];

        Assert.That((second.Read(buffer, Soon), buffer[0], Words(File.ReadAllBytes(_path), 0x00C, 1)[0]), Is.EqualTo((1, 7, 2u)));
    }

    [TestCase(0xFFFF_FFFFu)]
    [TestCase(0u)]
    public void Bar_that_reads_the_same_everywhere_is_a_board_that_is_gone(uint word)
    {
        using var board = Start();
        using var host = Open(_path);
        for (var at = 0; at < 0x140; at += 4)
        {
            Patch(at, word);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => host.Read(new byte[10], Soon), Throws.TypeOf<BenchException>().With.Property("Layer").EqualTo(BenchLayer.Cable));
            Assert.That(() => host.Write([1], Soon), Throws.TypeOf<BenchException>().With.Message.Contains("gone"));
        }
    }

    [Test]
    public void Index_that_cannot_be_is_mended_and_what_follows_arrives()
    {
        using var board = Start();
        using var host = Open(_path);
        Patch(0x0C0, 0x0100_0000); // more than any ring holds
        var before = host.Read(new byte[10], Deadline.Now);
        var consumer = Words(File.ReadAllBytes(_path), 0x100, 1)[0];

        Patch(0x0C0, 0x0100_0001);
        var after = host.Read(new byte[10], Soon);

        Assert.That((before, consumer, after), Is.EqualTo((0, 0x0100_0000u, 1)));
    }

    [Test]
    public void Ring_shorter_than_what_is_written_works()
    {
        var path = NewPath();
        using var board = MailboxBoard.Create(path, 64);
        using var host = Open(path);
        var bytes = Enumerable.Range(0, 5000).Select(i => (byte)(i * 7)).ToArray();
        var writer = new Thread(() => host.Write(bytes, Soon));
        writer.Start();
        var read = new List<byte>();
        var buffer = new byte[100];
        for (var end = Soon; read.Count < bytes.Length && !end.HasPassed;)
        {
            read.AddRange(buffer.AsSpan(0, board.Read(buffer, end)));
        }

        writer.Join();

        Assert.That(read, Is.EqualTo(bytes));
    }

    [Test]
    public void Second_program_on_the_same_board_is_refused()
    {
        using var board = Start();
        using var host = Open(_path);

        Assert.That(
            () => Open(_path),
            Throws.TypeOf<BenchException>().With.Property("Layer").EqualTo(BenchLayer.Permission).And.Message.Contains("another program"));
    }

    [TestCase(0x000, 0x1234_5678u, "there is no mailbox, it begins with 0x12345678")]
    [TestCase(0x000, 0xFFFF_FFFFu, "gone")]
    [TestCase(0x004, 2u, "version 2")]
    [TestCase(0x008, 0x1000_0000u, "does not fit")]
    [TestCase(0x010, 0x104u, "does not fit")]
    [TestCase(0x010, 0x0000_0100u, "does not fit")]
    [TestCase(0x014, 48u, "does not fit")]
    [TestCase(0x018, 0x140u, "does not fit")]
    [TestCase(0x01C, 0x8000_0000u, "does not fit")]
    public void Header_that_cannot_be_is_refused(int at, uint word, string said)
    {
        using var board = Start();
        Patch(at, word);

        Assert.That(() => Open(_path), Throws.TypeOf<BenchException>().With.Message.Contains(said));
    }

    [Test]
    public void File_that_is_not_there_is_the_cable() =>
        Assert.That(
            () => Open("/dev/shm/no-such-board"),
            Throws.TypeOf<BenchException>().With.Property("Layer").EqualTo(BenchLayer.Cable).And.Message.Contains("board-sim"));

    [Test]
    public void Function_that_is_not_there_is_the_cable([Values] PcieAccess access) =>
        Assert.That(
            () => PcieCarrier.Open(new PcieAddress("ffff:ff:1f.7", null), access, 0, TimeProvider.System),
            Throws.TypeOf<BenchException>().With.Property("Layer").EqualTo(BenchLayer.Cable).And.Message.Contains("no such PCI function"));

    protected override (ICarrier Host, ICarrier Board) Open()
    {
        var path = NewPath();
        var board = MailboxBoard.Create(path, ringBytes);
        return (Open(path), board);
    }

    private static PcieCarrier Open(string path) => PcieCarrier.Open(new PcieAddress(null, path), PcieAccess.Sysfs, 0, TimeProvider.System);

    private static uint[] Words(byte[] bytes, int at, int count) =>
        [.. Enumerable.Range(0, count).Select(i => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + (4 * i))))];

    private MailboxBoard Start() => MailboxBoard.Create(_path, ringBytes);

    private string NewPath()
    {
        _files.Add(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()));
        return _files[^1];
    }

    private void Patch(int at, uint word)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, word);
        using var file = new FileStream(_path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.Position = at;
        file.Write(bytes);
    }
}
