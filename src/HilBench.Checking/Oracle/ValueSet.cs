using System.Runtime.CompilerServices;

namespace HilBench.Checking;

/// <summary>
/// The values that one place had while an operation ran. Small and flat; when more come than it has room for, every value
/// is taken as allowed, so that a busy page never leads to a false alarm.
/// </summary>
internal struct ValueSet
{
    private const int Capacity = 16;
    private Values _values;
    private int _count;

    public void Clear() => _count = 0;

    public void Add(ulong value)
    {
        if (_count <= Capacity && !Contains(value, ulong.MaxValue))
        {
            if (_count < Capacity)
            {
                _values[_count] = value;
            }

            _count++;
        }
    }

    public readonly bool Contains(ulong value, ulong mask)
    {
        for (var i = 0; i < Math.Min(_count, Capacity); i++)
        {
            if ((_values[i] & mask) == value)
            {
                return true;
            }
        }

        return _count > Capacity;
    }

    [InlineArray(Capacity)]
    private struct Values
    {
        private ulong _first;
    }
}
