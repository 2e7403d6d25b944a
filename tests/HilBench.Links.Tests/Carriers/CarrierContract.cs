using System.Diagnostics;
using HilBench.Journal;

namespace HilBench.Links.Tests.Carriers;

/// <summary>What every carrier does. Two ends, joined as in use.</summary>
public abstract class CarrierContract
{
    private static readonly TimeProvider _time = TimeProvider.System;
    private ICarrier _host = null!;
    private ICarrier _board = null!;

    /// <summary>Whether moving bytes allocates nothing: not so where a package behind an adapter does.</summary>
    protected virtual bool AllocatesNothing => true;

    /// <summary>The end of the test that runs.</summary>
    protected ICarrier Host => _host;

    /// <summary>The two ends.</summary>
    protected abstract (ICarrier Host, ICarrier Board) Open();

    [SetUp]
    public void OpenBoth() => (_host, _board) = Open();

    [TearDown]
    public void CloseBoth()
    {
        _host.Dispose();
        _board.Dispose();
    }

    [Test]
    public void It_has_a_name() => Assert.That(_host.Name, Is.Not.Empty);

    [Test]
    public void Bytes_arrive_as_they_were_written_in_both_directions()
    {
        var bytes = Enumerable.Range(0, 1024).Select(i => (byte)i).ToArray();

        _host.Write(bytes, In(1));
        _board.Write(bytes, In(1));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Read(_board, bytes.Length), Is.EqualTo(bytes));
            Assert.That(Read(_host, bytes.Length), Is.EqualTo(bytes));
        }
    }

    [Test]
    public void Read_without_bytes_ends_at_its_deadline()
    {
        var started = Stopwatch.GetTimestamp();

        var count = _host.Read(new byte[10], Deadline.After(_time, TimeSpan.FromMilliseconds(50)));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(count, Is.Zero);
            Assert.That(Stopwatch.GetElapsedTime(started).TotalMilliseconds, Is.InRange(49, 2000));
        }
    }

    [Test]
    public void Read_with_no_time_takes_what_is_there()
    {
        Assert.That(_host.Read(new byte[10], Deadline.Now), Is.Zero);
        _board.Write([1, 2, 3], In(1));

        Assert.That(Read(_host, 3), Is.EqualTo((byte[])[1, 2, 3]));
    }

    [Test]
    public void Read_wakes_as_soon_as_bytes_come()
    {
        var writer = new Thread(() =>
        {
            Thread.Sleep(20);
            _board.Write([7], In(1));
        });
        writer.Start();
        var started = Stopwatch.GetTimestamp();

        var bytes = Read(_host, 1);
        var took = Stopwatch.GetElapsedTime(started);
        writer.Join();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(bytes, Is.EqualTo((byte[])[7]));
            Assert.That(took.TotalSeconds, Is.LessThan(5));
        }
    }

    [Test]
    public void Two_ends_that_write_at_once_do_not_wait_for_each_other()
    {
        var bytes = Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7)).ToArray();
        byte[]? atBoard = null;
        var board = new Thread(() => atBoard = WriteAndRead(_board, bytes));
        board.Start();

        var atHost = WriteAndRead(_host, bytes);
        board.Join();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(atHost, Is.EqualTo(bytes));
            Assert.That(atBoard, Is.EqualTo(bytes));
        }
    }

    [Test]
    public void Other_side_that_goes_away_is_noticed_at_once_and_not_read_as_empty()
    {
        var started = Stopwatch.GetTimestamp();
        var puller = new Thread(() =>
        {
            Thread.Sleep(50);
            _board.Dispose();
        });
        puller.Start();

        var loss = Assert.Throws<BenchException>(() => _host.Read(new byte[10], In(20)));
        var took = Stopwatch.GetElapsedTime(started);
        puller.Join();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(loss.Layer, Is.EqualTo(BenchLayer.Cable));
            Assert.That(loss.Message, Does.Contain(_host.Name));
            Assert.That(took.TotalSeconds, Is.LessThan(5));
            Assert.That(() => _host.Read(new byte[10], In(20)), Throws.TypeOf<BenchException>(), "and again");
            Assert.That(() => _host.Write(new byte[100_000], In(1)), Throws.TypeOf<BenchException>());
        }
    }

    [Test]
    public void Moving_bytes_allocates_nothing()
    {
        if (!AllocatesNothing)
        {
            Assert.Ignore("The package behind this adapter allocates.");
        }

        var bytes = new byte[100];
        var buffer = new byte[100];
        void Move()
        {
            for (var i = 0; i < 100; i++)
            {
                _board.Write(bytes, In(1));
                for (var read = 0; read < bytes.Length;)
                {
                    read += _host.Read(buffer, In(1));
                }
            }
        }

        Move();

        Assert.That(Testing.Allocation.Of(Move), Is.Zero);
    }

    private static Deadline In(int seconds) => Deadline.After(_time, TimeSpan.FromSeconds(seconds));

    private static byte[] Read(ICarrier carrier, int count)
    {
        var buffer = new byte[count];
        var read = 0;
        while (read < count && carrier.Read(buffer.AsSpan(read), In(5)) is var more and > 0)
        {
            read += more;
        }

        return buffer[..read];
    }

    // In pieces of a link's write: what comes in meanwhile is kept by the carrier.
    private static byte[] WriteAndRead(ICarrier carrier, byte[] bytes)
    {
        for (var at = 0; at < bytes.Length; at += 100_000)
        {
            carrier.Write(bytes.AsSpan(at, Math.Min(100_000, bytes.Length - at)), In(20));
        }

        return Read(carrier, bytes.Length);
    }
}
